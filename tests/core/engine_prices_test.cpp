// The whole engine: changed prices (DESIGN.md 4.4).
#include "tests/core/engine_rigs.hpp"

#include <doctest/doctest.h>

using namespace noodstop::core;
using namespace noodstop::tests;

TEST_CASE("changed prices decide only when they are acknowledged") {
    Policy policy = limited({spend_limit("daily", 100)});
    EngineRig rig(policy);
    rig.begin(machines({"a"}));
    policy.price_lists[0].prices[0].rate = per_hour(60'000);  // a slipped decimal point: 1000 a minute
    rig.step(PolicyChange{policy});
    CHECK(rig.count(FactKind::price_changed) == 1);
    rig.watch(machines({"a"}), 60);
    CHECK(rig.zone().state == BreakerState::armed);
    CHECK(rig.count(FactKind::trip_withheld) == 1);
    CHECK(rig.engine().snapshot().prices_pending);
    CHECK(rig.order(OrderKind::acknowledge_prices, "").accepted);
    CHECK(rig.zone().state == BreakerState::tripped);
    CHECK_FALSE(rig.order(OrderKind::acknowledge_prices, "").accepted);
}

TEST_CASE("a price list under another name, or a row above a general one, decides no sooner") {
    const auto survives = [](auto change) {
        Policy policy = limited({spend_limit("daily", 100)});
        EngineRig rig(policy);
        rig.begin(machines({"a"}));
        change(policy);
        rig.step(PolicyChange{policy});
        rig.watch(machines({"a"}), 60);
        return rig.zone().state == BreakerState::armed && rig.count(FactKind::trip_withheld) == 1;
    };
    CHECK(survives([](Policy& policy) {
        policy.price_lists[0].name = policy.providers[0].price_list = {"next year"};
        policy.price_lists[0].prices[0].rate = per_hour(60'000);
    }));
    CHECK(survives([](Policy& policy) {
        Price row = price_of(Metric::running, per_hour(60'000), "vm");
        row.region = "west";
        policy.price_lists[0].prices.push_back(row);
    }));
}

TEST_CASE("prices that wait are still waiting after a crash") {
    Policy policy = limited({spend_limit("daily", 100)});
    EngineRig rig(policy);
    rig.begin(machines({"a"}));
    policy.price_lists[0].prices[0].rate = per_hour(60'000);
    rig.step(PolicyChange{policy});
    EngineRig after = restarted(rig, policy, {rig.engine().save(), 0, {}, {}});
    after.watch(machines({"a"}), 60);
    CHECK(after.zone().state == BreakerState::armed);
    CHECK(after.engine().snapshot().prices_pending);
}

TEST_CASE("a price list that changes while the agent is down waits as well") {
    Policy policy = limited({spend_limit("daily", 100)});
    EngineRig rig(policy);
    rig.begin(machines({"a"}));
    policy.price_lists[0].prices[0].rate = per_hour(60'000);
    EngineRig after = restarted(rig, policy, {rig.engine().save(), 0, {}, {}});
    after.watch(machines({"a"}), 60);
    CHECK(after.zone().state == BreakerState::armed);
    CHECK(after.count(FactKind::price_changed) == 1);
}
