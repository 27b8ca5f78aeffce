// The whole engine: trips, the latch, orders and holds (DESIGN.md 5).
#include "tests/support/policy_builder.hpp"

#include <doctest/doctest.h>

using namespace noodstop::core;
using namespace noodstop::tests;

namespace {

using Texts = std::vector<std::string>;

Policy limited(std::vector<Limit> limits) {
    Policy policy = small_policy();
    policy.limits = std::move(limits);
    return policy;
}

// "a", "b" and "c" came one after the other, and the third is one too many.
EngineRig tripped_by_count() {
    EngineRig rig(limited({count_limit("machines", 3)}));
    rig.begin(machines({"a"}));
    rig.watch(machines({"a", "b"}), 1);
    rig.pass(1s);
    rig.look(machines({"a", "b", "c"}));
    return rig;
}

// Stops what "c" needs and lets the safe state be seen.
void settle(EngineRig& rig, const Texts& stopped, const Texts& left) {
    rig.pass(100ms);
    for (const std::string& id : stopped)
        rig.observe(id, Observed::gone);
    rig.pass(1s);
    rig.look(machines(left));
}

EngineRig latched_by_count() {
    EngineRig rig = tripped_by_count();
    settle(rig, {"c"}, {"a", "b"});
    return rig;
}

}  // namespace

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
