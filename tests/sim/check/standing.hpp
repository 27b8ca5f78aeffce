// Which limits the looks show reached, and have shown so for so long that the agent must know: for what may not happen
// while a limit is reached.
#pragma once

#include "tests/sim/check/windows.hpp"

#include <map>

namespace noodstop::sim {

class Standing {
public:
    void policy_given(const core::Policy& policy);
    void raised(const core::LimitName& limit, std::int64_t stop);
    void look_delivered(const World& world, const core::Look& look, Duration asked_at);
    void observed(const core::ProviderName& provider, Duration now);
    void process_ended(bool forgets);  // what looks had shown, with its disk

    // Also by what a look that arrived before this moment showed.
    bool is_reached(const World& world, const core::Limit& limit) const;

private:
    struct Seen {
        std::map<std::string, core::Reading> shown;  // by the last good look
        Duration asked_at{-1};
        Duration observed_at{-1};
    };
    struct Streak {
        std::uint32_t looks = 0;  // good ones in a row that show it reached
        Duration last{0};
        std::optional<Duration> since;
    };
    bool shows_reached(const World& world, const core::Limit& limit) const;
    bool spend_is_reached(const World& world, const core::Limit& limit) const;
    std::int64_t counted(const core::Limit& limit, const std::set<std::string>& clouds) const;
    void follow(const World& world, const core::Limit& limit, bool is_whole);

    std::map<core::LimitName, std::int64_t> highest_stop_;  // that any file or order of this life gave it
    std::map<core::LimitName, Streak> streaks_;
    std::map<std::string, Seen> seen_;
};

}  // namespace noodstop::sim
