// The whole engine: what people order (DESIGN.md 5).
#include "tests/core/engine_rigs.hpp"

#include <doctest/doctest.h>

using namespace noodstop::core;
using namespace noodstop::tests;

TEST_CASE("a reset is refused while tripped, and while a stop limit is reached") {
    EngineRig rig = tripped_by_count();
    CHECK_FALSE(rig.order(OrderKind::reset).accepted);
    EngineRig spent(limited({spend_limit("daily", 10)}));
    spent.begin(machines({"a"}));
    while (spent.zone().state == BreakerState::armed)
        spent.watch(machines({"a"}), 1);
    settle(spent, {"a"}, {});
    REQUIRE(spent.zone().state == BreakerState::latched);
    // What was exposed to a slow stop is not spent.
    CHECK(spent.limit().used < 10'000'000);
    CHECK(spent.order(OrderKind::reset).accepted);
}

TEST_CASE("a reset that raises the reached limit within the mandate opens the zone and trips nothing anew") {
    Policy policy = limited({count_limit("machines", 3)});
    policy.mandates[0].ceilings = {{{"machines"}, Money{5}}};
    policy.mandates[0].protected_resources = {
        {{"lab"}, {"a"}, std::nullopt}, {{"lab"}, {"b"}, std::nullopt}, {{"lab"}, {"c"}, std::nullopt}};
    EngineRig rig(policy);
    rig.begin(machines({"a", "b", "c"}));
    rig.watch(machines({"a", "b", "c"}), 2);
    REQUIRE(rig.zone().state == BreakerState::latched);
    CHECK_FALSE(rig.order(OrderKind::reset).accepted);
    CHECK_FALSE(rig.order(OrderKind::reset, "dev", {"machines"}, Money{6}).accepted);
    CHECK_FALSE(rig.order(OrderKind::reset, "dev", {"machines"}, Money{3}).accepted);
    CHECK(rig.order(OrderKind::reset, "dev", {"machines"}, Money{4}).accepted);
    CHECK(rig.zone().state == BreakerState::armed);
    rig.watch(machines({"a", "b", "c"}), 3);
    CHECK(rig.zone().state == BreakerState::armed);
    CHECK(rig.steps.empty());
}

TEST_CASE("a reset permits a restart and restarts nothing") {
    EngineRig rig = latched_by_count();
    const std::size_t steps = rig.steps.size();
    CHECK(rig.order(OrderKind::reset).accepted);
    CHECK(rig.zone().state == BreakerState::armed);
    CHECK_FALSE(rig.durable.latches[0].tripped);
    rig.watch(machines({"a", "b"}), 5);
    CHECK(rig.steps.size() == steps);
}

TEST_CASE("loosening needs the quorum of distinct people, tightening needs nobody else") {
    Policy policy = limited({count_limit("machines", 3)});
    policy.mandates[0].loosening_quorum = 2;
    EngineRig rig(policy);
    rig.begin({});
    CHECK_FALSE(rig.order(OrderKind::disarm).accepted);
    CHECK_FALSE(rig.order(OrderKind::disarm, "dev", {}, {}, {{"uid:1"}, {"uid:1"}}).accepted);
    CHECK_FALSE(rig.order(OrderKind::disarm, "dev", {}, {}, {{"uid:1"}, {""}}).accepted);
    CHECK(rig.zone().state == BreakerState::armed);
    CHECK(rig.order(OrderKind::disarm, "dev", {}, {}, {{"uid:1"}, {"uid:2"}}).accepted);
    CHECK(rig.zone().state == BreakerState::disarmed);
    CHECK(rig.order(OrderKind::arm).accepted);
    CHECK(rig.zone().state == BreakerState::armed);
}

TEST_CASE("an order without a reason, an identity or a zone is refused") {
    EngineRig rig(small_policy());
    rig.begin({});
    const auto refused = [&rig](Order order) {
        return !rig.step(OrderInput{1, std::move(order)}).replies.at(0).answer.accepted;
    };
    CHECK(refused({OrderKind::trip, {"dev"}, {}, {}, {}, "why"}));
    CHECK(refused({OrderKind::trip, {"dev"}, {}, {}, {{""}}, "why"}));
    CHECK(refused({OrderKind::trip, {"dev"}, {}, {}, {{"uid:0"}}, ""}));
    CHECK(refused({OrderKind::trip, {"nowhere"}, {}, {}, {{"uid:0"}}, "why"}));
    CHECK(rig.count(FactKind::order_refused) == 4);
    CHECK(rig.zone().state == BreakerState::armed);
}

TEST_CASE("an order for the state that a zone has already disturbs nothing") {
    Limit limit = count_limit("machines", 9);
    limit.hold = 2;
    EngineRig rig(limited({limit}));
    rig.begin(machines({"a"}));
    rig.watch(machines({"a", "b"}), 1);
    REQUIRE(rig.zone().held);
    CHECK(rig.order(OrderKind::arm).accepted);
    CHECK(rig.zone().held);
}

TEST_CASE("a manual trip takes all that may be taken, in every state with a mandate") {
    for (const ZoneMode mode : {ZoneMode::armed, ZoneMode::observing, ZoneMode::disarmed}) {
        CAPTURE(to_text(mode));
        Policy policy = small_policy();
        policy.zones[0].mode = mode;
        policy.zones[0].observe_until = noon + 24h;
        policy.mandates[0].protected_resources = {{{"lab"}, {"db"}, std::nullopt}};
        EngineRig rig(policy);
        rig.begin(machines({"a", "db", "z"}));
        CHECK(rig.order(OrderKind::trip).accepted);
        CHECK(rig.ordered() == Texts{"a shut_down", "z shut_down"});
    }
}

TEST_CASE("a manual trip of a closed zone takes its survivors") {
    EngineRig rig = latched_by_count();
    CHECK(rig.order(OrderKind::trip).accepted);
    CHECK(rig.ordered() == Texts{"c shut_down", "a shut_down", "b shut_down"});
    CHECK(rig.zone().survivors.empty());
    CHECK_FALSE(rig.order(OrderKind::trip).accepted);
}

TEST_CASE("restore starts what was baseline and was stopped, once") {
    Policy policy = small_policy();
    policy.mandates[0].baseline = {{{"lab"}, "ci-1", true, std::nullopt, std::nullopt}};
    policy.mandates[0].baseline_may_be_shed = true;
    policy.mandates[0].grants[0].levers.push_back(Lever::start);
    EngineRig rig(policy);
    rig.begin(machines({"ci-1", "x"}));
    rig.order(OrderKind::trip);
    CHECK_FALSE(rig.order(OrderKind::restore).accepted);
    settle(rig, {"ci-1", "x"}, {});
    REQUIRE(rig.order(OrderKind::reset).accepted);
    CHECK(rig.order(OrderKind::restore).accepted);
    CHECK(rig.order(OrderKind::restore).accepted);
    rig.tick();
    CHECK(rig.ordered().back() == "ci-1 start");
    CHECK(rig.zone().targets.size() == 1);
    rig.observe("ci-1", Observed::running);
    CHECK(rig.zone().targets.empty());
    CHECK_FALSE(rig.order(OrderKind::restore).accepted);
}
