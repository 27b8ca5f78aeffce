// The whole engine: holds (DESIGN.md 2, 5).
#include "tests/core/engine_rigs.hpp"

#include <doctest/doctest.h>

using namespace noodstop::core;
using namespace noodstop::tests;

namespace {

// Held by two machines: what appears is suspended, what ran goes on.
EngineRig held_by_count() {
    Limit limit = count_limit("machines", 9);
    limit.hold = 2;
    EngineRig rig(limited({limit}));
    rig.begin(machines({"a"}));
    rig.watch(machines({"a", "b"}), 1);
    rig.watch(machines({"a", "b", "c"}), 1);
    return rig;
}

void calm_down(EngineRig& rig) {
    rig.watch(machines({"a"}), 4);
}

}  // namespace

TEST_CASE("a hold suspends what appears and lets go on what ran") {
    EngineRig rig = held_by_count();
    CHECK(rig.zone().state == BreakerState::armed);
    CHECK(rig.zone().held);
    CHECK(rig.ordered() == Texts{"c suspend"});
    rig.observe("c", Observed::frozen);
    std::vector<Reading> seen = machines({"a", "b"});
    seen.push_back(machine("c", Activity::frozen));
    rig.watch(seen, 5);
    CHECK(rig.steps.size() == 1);
}

TEST_CASE("when a hold ends, what it suspended runs again") {
    EngineRig rig = held_by_count();
    rig.observe("c", Observed::frozen);
    calm_down(rig);
    CHECK_FALSE(rig.zone().held);
    CHECK(rig.ordered() == Texts{"c suspend", "c resume"});
    rig.observe("c", Observed::running);
    CHECK(rig.zone().targets.empty());
}

TEST_CASE("a suspension that is still on its way when the hold ends is taken back too") {
    EngineRig rig = held_by_count();
    REQUIRE(rig.ordered() == Texts{"c suspend"});
    rig.rehearse();
    Look calm{{"lab"}, LookQuality::good, {}, machines({"a"}), {}, ""};
    for (int look = 0; look < 4; ++look) {
        rig.pass(500ms);
        rig.look(calm.readings);
    }
    CHECK_FALSE(rig.zone().held);
    CHECK(rig.ordered().back() == "c resume");
}

TEST_CASE("disarming or observing leaves nothing frozen behind") {
    for (const OrderKind kind : {OrderKind::disarm, OrderKind::observe}) {
        EngineRig rig = held_by_count();
        rig.observe("c", Observed::frozen);
        CHECK(rig.order(kind).accepted);
        CHECK(rig.ordered() == Texts{"c suspend", "c resume"});
        EngineRig resuming = held_by_count();
        resuming.observe("c", Observed::frozen);
        calm_down(resuming);
        CHECK(resuming.order(kind).accepted);
        CHECK(resuming.ordered().back() == "c resume");
    }
}

TEST_CASE("resources_max holds the zone and tells it") {
    Policy policy = small_policy();
    policy.providers[0].resources_max = 2;
    EngineRig rig(policy);
    rig.begin(machines({"a"}));
    rig.watch(machines({"a", "b", "c"}), 1);
    CHECK(rig.zone().held);
    CHECK(rig.count(FactKind::resources_max_reached) == 1);
}
