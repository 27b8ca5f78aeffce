// The whole engine: arming, observing, trips and the latch (DESIGN.md 5).
#include "tests/core/engine_rigs.hpp"

#include <doctest/doctest.h>

using namespace noodstop::core;
using namespace noodstop::tests;

TEST_CASE("a zone arms only after a rehearsal that refused nothing") {
    EngineRig rig(small_policy());
    rig.tick();
    CHECK(rig.zone().state == BreakerState::disarmed);
    rig.rehearse(RehearsalAnswer::refused);
    CHECK(rig.zone().state == BreakerState::disarmed);
    rig.rehearse();
    CHECK(rig.zone().state == BreakerState::armed);
    CHECK(rig.count(FactKind::armed) == 1);
}

TEST_CASE("a rehearsal without an answer arms unproven after its deadline") {
    EngineRig rig(small_policy());
    rig.tick();
    rig.pass(10s);
    rig.tick();
    CHECK(rig.zone().state == BreakerState::armed);
    CHECK(rig.zone().unproven);
}

TEST_CASE("without a mandate a zone stays disarmed and meters nevertheless") {
    Policy policy = limited({spend_limit("daily", 1)});
    policy.zones[0].mandate = {};
    policy.mandates.clear();
    EngineRig rig(policy);
    rig.begin(machines({"a"}));
    rig.watch(machines({"a"}), 100);
    CHECK(rig.zone().state == BreakerState::disarmed);
    CHECK(rig.limit().reached);
    CHECK(rig.count(FactKind::would_trip) == 1);
    CHECK(rig.steps.empty());
}

TEST_CASE("a lever refused after arming impairs and never disarms") {
    EngineRig rig(small_policy());
    rig.begin({});
    rig.rehearse(RehearsalAnswer::refused);
    CHECK(rig.zone().state == BreakerState::armed);
    CHECK(rig.zone().impaired);
    rig.rehearse();
    CHECK_FALSE(rig.zone().impaired);
}

TEST_CASE("a mandate that isn't valid any more, or not yet, impairs") {
    Policy policy = small_policy();
    policy.mandates[0].valid_until = noon + 1h;
    EngineRig rig(policy);
    rig.begin({});
    rig.pass(1h);
    rig.tick();
    CHECK(rig.zone().state == BreakerState::armed);
    CHECK(rig.zone().impaired);
    CHECK(rig.count(FactKind::mandate_expired) == 1);
    policy.mandates[0].valid_from = noon + 24h;
    policy.mandates[0].valid_until = noon + 48h;
    rig.step(PolicyChange{policy});
    rig.tick();
    CHECK(rig.zone().impaired);
}

TEST_CASE("a reached stop trips in the step that shows it, and takes the newest") {
    EngineRig rig = tripped_by_count();
    CHECK(rig.zone().state == BreakerState::tripped);
    CHECK(rig.ordered() == Texts{"c shut_down"});
    CHECK(rig.zone().survivors == Texts{"lab/a", "lab/b"});
    REQUIRE(rig.durable.latches.size() == 1);
    CHECK(rig.durable.latches[0].tripped);
    CHECK(rig.durable.latches[0].survivors.size() == 2);
}

TEST_CASE("the bill stays under a spend limit although stopping takes time") {
    EngineRig rig(limited({spend_limit("daily", 10)}));
    rig.begin({});
    rig.watch({}, 5);
    const std::vector<Reading> attack = machines({"m1", "m2", "m3", "m4"});  // 4 a minute
    for (int second = 0; second < 300 && rig.zone().state == BreakerState::armed; ++second)
        rig.watch(attack, 1);
    REQUIRE(rig.zone().state == BreakerState::tripped);
    CHECK(rig.steps.size() == 4);
    rig.watch(attack, 4);
    rig.pass(900ms);  // just before the last lever's deadline
    for (const char* id : {"m1", "m2", "m3", "m4"})
        rig.observe(id, Observed::gone);
    rig.look({});
    CHECK(rig.zone().state == BreakerState::latched);
    CHECK(rig.limit().used < 10'000'000);
    CHECK(rig.limit().used > 9'000'000);
}

TEST_CASE("a zone latches when every target is observed gone and a later look shows nothing else") {
    EngineRig rig = tripped_by_count();
    rig.pass(100ms);
    rig.observe("c", Observed::gone);
    CHECK(rig.zone().state == BreakerState::tripped);
    rig.look(machines({"a", "b"}));
    CHECK(rig.zone().state == BreakerState::latched);
    CHECK(rig.durable.latches[0].latched);
    CHECK(rig.count(FactKind::latched) == 1);
}

TEST_CASE("neither an accepted order nor a look from before the stop latches") {
    EngineRig rig = tripped_by_count();
    rig.step(StepReport{rig.steps[0].id, true, ""});
    rig.pass(1s);
    Look early{{"lab"}, LookQuality::good, rig.engine().now() + 500ms, machines({"a", "b", "c"}), {}, ""};
    rig.observe("c", Observed::gone);
    rig.step(early);
    CHECK(rig.zone().state == BreakerState::tripped);
    CHECK(rig.steps.size() == 1);
}

TEST_CASE("what is started in a closed zone is stopped, under an old name too") {
    EngineRig rig = latched_by_count();
    rig.pass(1s);
    rig.look(machines({"a", "b", "c", "d"}));
    CHECK(rig.ordered() == Texts{"c shut_down", "c shut_down", "d shut_down"});
    CHECK(rig.zone().state == BreakerState::latched);
}

TEST_CASE("a survivor that went has lost its place") {
    EngineRig rig = latched_by_count();
    rig.watch(machines({"a"}), 1);
    CHECK(rig.zone().survivors == Texts{"lab/a"});
    CHECK(rig.durable.latches[0].survivors.size() == 1);
    rig.watch(machines({"a", "b"}), 1);
    CHECK(rig.ordered().back() == "b shut_down");
}

TEST_CASE("a safe state is overdue when it isn't observed in time, and the zone stays tripped") {
    EngineRig rig = tripped_by_count();
    for (int second = 0; second < 120; ++second)
        rig.watch(machines({"a", "b", "c"}), 1);
    CHECK(rig.zone().state == BreakerState::tripped);
    CHECK(rig.zone().overdue);
    CHECK(rig.count(FactKind::overdue) == 1);
    CHECK(rig.steps.size() > 5);
}

TEST_CASE("a zone whose provider shows more than fits doesn't count as safe") {
    Policy policy = limited({count_limit("machines", 3)});
    policy.providers[0].resources_max = 3;
    EngineRig rig(policy);
    rig.begin(machines({"a"}));
    rig.watch(machines({"a", "b", "c", "d"}), 1);
    REQUIRE(rig.zone().state == BreakerState::tripped);
    rig.observe("c", Observed::gone);
    rig.watch(machines({"a", "b", "d", "e"}), 1);
    CHECK(rig.zone().state == BreakerState::tripped);
}

TEST_CASE("while observing everything is decided and nothing is done, until the date") {
    Policy policy = limited({count_limit("machines", 3)});
    policy.zones[0].mode = ZoneMode::observing;
    policy.zones[0].observe_until = noon + 1min;
    EngineRig rig(policy);
    rig.begin(machines({"a", "b", "c"}));
    CHECK(rig.zone().state == BreakerState::observing);
    CHECK(rig.count(FactKind::would_trip) == 1);
    rig.watch(machines({"a", "b", "c"}), 50);
    CHECK(rig.steps.empty());
    CHECK(rig.count(FactKind::would_trip) == 1);
    rig.watch(machines({"a", "b", "c"}), 15);
    CHECK(rig.zone().state == BreakerState::tripped);
    CHECK(rig.count(FactKind::armed) == 1);
}

TEST_CASE("the look that comes with the end of observing trips in the same step") {
    Policy policy = limited({count_limit("machines", 3)});
    policy.zones[0].mode = ZoneMode::observing;
    policy.zones[0].observe_until = noon + 5s;
    EngineRig rig(policy);
    rig.begin(machines({"a", "b", "c"}));
    REQUIRE(rig.zone().state == BreakerState::observing);
    rig.pass(6s);
    rig.step(rig.good_look(machines({"a", "b", "c"})));
    CHECK(rig.zone().state == BreakerState::tripped);
}

TEST_CASE("a file that arms what an order has armed already changes nothing") {
    Policy policy = small_policy();
    policy.zones[0].mode = ZoneMode::observing;
    policy.zones[0].observe_until = noon + 1h;
    EngineRig rig(policy);
    rig.begin({});
    REQUIRE(rig.order(OrderKind::arm).accepted);
    policy.zones[0].mode = ZoneMode::armed;
    rig.step(PolicyChange{policy});
    CHECK(rig.zone().state == BreakerState::armed);
    CHECK(rig.count(FactKind::armed) == 1);
}

TEST_CASE("a file that names another end of observing is followed") {
    Policy policy = small_policy();
    policy.zones[0].mode = ZoneMode::observing;
    policy.zones[0].observe_until = noon + 1h;
    EngineRig rig(policy);
    rig.begin({});
    policy.zones[0].observe_until = noon + 2h;
    rig.step(PolicyChange{policy});
    CHECK(rig.zone().observe_until == noon + 2h);
}

TEST_CASE("baseline is stopped only as granted, and only so many an hour") {
    Policy policy = limited({count_limit("machines", 1)});
    policy.mandates[0].baseline = {{{"lab"}, "ci-", false, std::nullopt, std::nullopt}};
    EngineRig without(policy);
    without.begin(machines({"ci-1", "ci-2", "x"}));
    CHECK(without.ordered() == Texts{"x shut_down"});
    policy.mandates[0].baseline_may_be_shed = true;
    EngineRig with(policy);
    with.begin(machines({"ci-1", "ci-2", "x"}));
    CHECK(with.ordered() == Texts{"x shut_down", "ci-1 shut_down"});
    CHECK(with.count(FactKind::step_refused) == 1);
    CHECK(with.zone().impaired);
    with.pass(30min);
    with.tick();
    CHECK(with.zone().targets.size() == 3);
    for (int minute = 0; minute < 31; ++minute) {
        with.pass(1min);
        with.tick();
    }
    CHECK(with.ordered().back().starts_with("ci-2"));
}

TEST_CASE("looks that arrive together are judged together") {
    Policy policy = limited({count_limit("machines", 4)});
    policy.providers.push_back(provider_policy("attic"));
    policy.zones[0].providers.push_back({"attic"});
    policy.mandates = {full_mandate("m1", {{"dev"}}, {"lab", "attic"})};
    const auto seen = [&] {
        EngineRig rig(policy);
        rig.tick();
        rig.rehearse();
        rig.rehearse(RehearsalAnswer::ready, "attic");
        rig.look(machines({"a"}));
        rig.look(machines({"c", "d"}), "attic");
        rig.pass(1s);
        rig.tick();
        return rig;
    };
    const std::vector<Reading> more = machines({"a", "b"});
    const std::vector<Reading> less = machines({"d"});
    EngineRig together = seen();
    const std::vector<Input> both{together.good_look(more), together.good_look(less, "attic")};
    together.step(both);
    CHECK(together.zone().state == BreakerState::armed);
    CHECK(together.limit().used == 3);
    EngineRig apart = seen();
    apart.step(apart.good_look(more));
    CHECK(apart.zone().state == BreakerState::tripped);  // what was known then
}

TEST_CASE("a policy that changes during a rehearsal answers who waits for it") {
    EngineRig rig(small_policy());
    rig.begin({});
    rig.step(RehearsalRequest{7, {"dev"}});
    Policy empty;
    const Effects effects = rig.step(PolicyChange{empty});
    REQUIRE(effects.replies.size() == 1);
    CHECK(effects.replies[0].request == 7);
    CHECK_FALSE(effects.replies[0].answer.accepted);
}
