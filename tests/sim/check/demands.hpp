// What the looks show that a limit demands by the least that the rules allow to be counted, stage by stage: an oracle
// for "it stops what it must".
#pragma once

#include "tests/sim/check/seen.hpp"
#include "tests/sim/check/windows.hpp"

#include <optional>

namespace noodstop::sim {

class Demands {
public:
    explicit Demands(const World& world) : world_(world) {}

    void policy_given(const core::Policy& policy);
    void decided(const core::Fact& fact);
    void replied(const core::Order& order, const core::OrderAnswer& answer);
    void ended();
    // False: it says nothing new.
    bool look_delivered(const core::Look& look, Duration asked_at);

    // To be asked once for each good look that says something new: whether it shows the stage reached, and confirmed.
    bool shows_reached(const core::Limit& limit, core::Stage stage);

private:
    // The highest that orders and files may have made it.
    struct Threshold {
        std::int64_t highest = 0, lowest = core::money_max.micros;
        int raises_under_way = 0;  // to what, the reply tells
    };
    struct Seen {
        Readings shown;
        Duration asked_at{-1};
        bool whole = false;  // by a good look, since the agent started
    };
    struct Confirmed {
        std::uint32_t looks = 0;
        Duration last{0};
    };

    void raise(const core::LimitName& limit, std::int64_t stop);
    std::optional<std::int64_t> threshold(const core::Limit& limit, core::Stage stage) const;
    bool spend_is_reached(const core::Limit& limit, std::int64_t threshold) const;
    bool confirm(const core::Limit& limit, core::Stage stage, bool condition);
    std::int64_t counted(const core::Limit& limit) const;

    const World& world_;
    std::map<core::LimitName, Threshold> thresholds_;
    std::map<std::string, Seen> seen_;
    std::map<std::pair<core::LimitName, core::Stage>, Confirmed> confirmed_;
};

}  // namespace noodstop::sim
