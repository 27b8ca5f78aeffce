// What people ordered, and whether enough of them did, by DESIGN.md 5 and 6: from the orders that the world gave, never
// from what the agent says of them.
#pragma once

#include "tests/sim/world.hpp"

#include <vector>

namespace noodstop::sim {

class People {
public:
    void ordered(const core::Order& order) { given_.push_back({order, std::nullopt}); }
    void replied(const core::Order& order, const core::OrderAnswer& answer, Duration now);
    // What was answered before a moment does nothing more, and what a process didn't do before its end nobody does.
    void forget_before(Duration moment);
    void process_ended() { given_.clear(); }

    // Under way: given, and not answered yet.
    bool ordered(core::OrderKind kind, const core::ZoneName& zone) const;
    bool ordered_by_enough(const World& world, core::OrderKind kind, const core::ZoneName& zone) const;
    // To what a limit may be raised now: by enough people, to no more than the mandate's ceiling.
    std::vector<std::int64_t> lawful_raises(const World& world, const core::LimitName& limit) const;

private:
    struct Given {
        core::Order order;
        std::optional<Duration> answered_at;
    };
    std::vector<Given> given_;
};

}  // namespace noodstop::sim
