// The whole engine: limits over several zones (DESIGN.md 4.8).
#include "tests/core/engine_rigs.hpp"

#include <doctest/doctest.h>

using namespace noodstop::core;
using namespace noodstop::tests;

namespace {

Policy two_zones() {
    Policy policy = small_policy();
    policy.providers.push_back(provider_policy("farm"));
    policy.zones.push_back(zone_policy("test", "farm"));
    policy.mandates = {full_mandate("m1", {{"dev"}, {"test"}}, {"lab", "farm"})};
    Limit limit = count_limit("all", 4);
    limit.zone = std::nullopt;
    limit.tenant = TenantName{"acme"};
    policy.limits = {limit};
    return policy;
}

}  // namespace

TEST_CASE("a tenant's limit sums its zones and takes from both of them") {
    EngineRig rig(two_zones());
    rig.begin({});
    rig.rehearse(RehearsalAnswer::ready, "farm");
    rig.look(machines({"f1"}), "farm");
    rig.watch(machines({"a"}), 1);
    rig.watch(machines({"a", "b"}), 1);
    CHECK(rig.zone(0).state == BreakerState::armed);
    rig.watch(machines({"f1", "f2"}), 1, "farm");
    CHECK(rig.zone(0).state == BreakerState::tripped);
    CHECK(rig.zone(1).state == BreakerState::tripped);
    CHECK(rig.ordered() == Texts{"f2 shut_down"});
    CHECK(rig.zone(0).survivors == Texts{"lab/a", "lab/b"});
    CHECK(rig.zone(1).survivors == Texts{"farm/f1"});
}

TEST_CASE("a tenant's limit counts an observed zone and trips only the armed one") {
    Policy policy = two_zones();
    policy.zones[1].mode = ZoneMode::observing;
    policy.zones[1].observe_until = noon + 24h;
    EngineRig rig(policy);
    rig.begin({});
    rig.rehearse(RehearsalAnswer::ready, "farm");
    rig.look(machines({"f1", "f2"}), "farm");
    rig.watch(machines({"a", "b"}), 1);
    CHECK(rig.zone(0).state == BreakerState::tripped);
    CHECK(rig.zone(1).state == BreakerState::observing);
    CHECK(rig.ordered() == Texts{"a shut_down"});
    CHECK(rig.count(FactKind::would_trip) == 1);
}

TEST_CASE("a tenant's limit trips the armed zone and takes survivors of the closed one") {
    Policy policy = two_zones();
    Limit burn = policy.limits[0];
    burn.kind = LimitKind::rate;
    burn.stop = 200'000'000;
    policy.limits = {count_limit("machines", 2), burn};
    EngineRig rig(policy);
    rig.begin(machines({"a"}));
    rig.rehearse(RehearsalAnswer::ready, "farm");
    rig.look({}, "farm");
    rig.watch(machines({"a", "b"}), 1);
    settle(rig, {"b"}, {"a"});
    REQUIRE(rig.zone(0).survivors == Texts{"lab/a"});
    rig.steps.clear();
    rig.watch(machines({"f1", "f2", "f3"}), 1, "farm");
    CHECK(rig.zone(1).state == BreakerState::tripped);
    CHECK(rig.count(FactKind::target_added) == 1);
    CHECK(rig.ordered() == Texts{"a shut_down", "f1 shut_down", "f2 shut_down", "f3 shut_down"});
}

TEST_CASE("a resource of two zones that a trip decides to keep survives in both") {
    Policy policy = two_zones();
    policy.zones[1].providers = {{"lab"}};
    policy.limits[0].stop = 3;
    EngineRig rig(policy);
    rig.begin(machines({"a"}));
    rig.watch(machines({"a", "b"}), 1);
    rig.watch(machines({"a", "b", "c"}), 1);
    CHECK(rig.zone(0).survivors == Texts{"lab/a", "lab/b"});
    CHECK(rig.zone(1).survivors == Texts{"lab/a", "lab/b"});
    rig.observe("c", Observed::gone);
    rig.watch(machines({"a", "b"}), 3);
    for (const StepOrder& step : rig.steps)
        CHECK(step.resource.text == "c");
}
