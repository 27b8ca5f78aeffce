// When each provider is looked at. At most one look of a provider is out; one that passes its deadline is given up
// and counts as absent, and its answer, should it come after all, is still handed on with the time it was taken.
#pragma once

#include "agent/core/policy.hpp"
#include "agent/run/action.hpp"

#include <map>
#include <optional>
#include <vector>

namespace noodstop::run {

inline constexpr std::size_t given_up_looks_max = 256;

class LookSchedule {
public:
    // Looks at these providers from now on, and no others. `now` is time since boot here and below.
    void follow(const std::vector<core::ProviderPolicy>& providers, core::Duration now);

    // A look beside the regular ones: at once, or as soon as the one that is out has ended (it may have begun too
    // early to show what is wanted).
    void want(const core::ProviderName& provider);

    std::vector<StartLook> start_due(core::Duration now, core::Instant instant);

    // Absent looks for those that passed their deadline.
    std::vector<core::Look> give_up_late(core::Duration now);

    // The look with the time at which it was started; none if nobody waits for this number.
    std::optional<core::Look> answered(std::uint64_t number, core::Look look);

    core::Duration next_within(core::Duration now) const;

private:
    struct Out {
        std::uint64_t number = 0;
        core::Duration started{0};
        core::Instant taken_at;
    };
    struct Watched {
        core::Duration poll_interval{0};
        core::Duration look_deadline{0};
        core::Duration next_at{0};
        bool wanted = false;
        std::optional<Out> out;
    };
    struct GivenUp {
        core::ProviderName provider;
        core::Instant taken_at;
    };

    bool due(const Watched& watched, core::Duration now) const;
    void give_up(const core::ProviderName& provider, Watched& watched);

    std::map<core::ProviderName, Watched> watched_;
    std::map<std::uint64_t, GivenUp> given_up_;  // by number, the oldest first
    std::uint64_t last_number_ = 0;
};

}  // namespace noodstop::run
