// The whole engine: crashes, restarts and reloads (DESIGN.md 3, 4.9, 5).
#include "tests/core/engine_rigs.hpp"

#include <doctest/doctest.h>

#include <random>

using namespace noodstop::core;
using namespace noodstop::tests;

namespace {

EngineRig tripped() {
    EngineRig rig(limited({count_limit("machines", 2)}));
    rig.begin(machines({"a"}));
    rig.watch(machines({"a", "b"}), 1);
    return rig;
}

Notice stopped_in_order() {
    Notice stopped;
    stopped.fact.kind = FactKind::agent_stopped;
    return stopped;
}

}  // namespace

TEST_CASE("after a crash the latch holds and the runbook goes on, observing first") {
    EngineRig rig = tripped();
    REQUIRE(rig.steps.size() == 1);
    EngineRig after = restarted(rig, limited({count_limit("machines", 2)}), rig.durable);
    const Effects first = after.tick();
    CHECK(after.zone().state == BreakerState::tripped);
    CHECK(first.steps.empty());
    REQUIRE(first.observations.size() == 1);
    CHECK(first.observations[0].resource.text == "b");
    after.observe("b", Observed::running);
    REQUIRE(after.steps.size() == 1);
    CHECK(after.steps[0].id > rig.steps[0].id);
}

TEST_CASE("with the database lost the latch file alone keeps the zone closed, and its survivors") {
    EngineRig rig = tripped();
    Recovered found;
    found.latches = rig.durable.latches;
    EngineRig after = restarted(rig, limited({count_limit("machines", 2)}), found);
    after.tick();
    CHECK(after.zone().state == BreakerState::tripped);
    after.look(machines({"a", "b", "x"}));
    CHECK(after.ordered() == Texts{"b shut_down", "x shut_down"});
    CHECK(after.durable.latches[0].version >= rig.durable.latches[0].version);
}

TEST_CASE("a latch file that was lost is written again by the start that knows the zone closed from the database") {
    EngineRig rig = tripped();
    Recovered found = rig.durable;
    found.latches.clear();
    EngineRig after = restarted(rig, limited({count_limit("machines", 2)}), found);
    const Effects first = after.tick();
    CHECK(after.zone().state == BreakerState::tripped);
    CHECK(first.latches == rig.durable.latches);
}

TEST_CASE("no piece of state that is cut or changed opens a latched zone or stops the engine") {
    EngineRig rig = tripped();
    Recovered whole{rig.engine().save(), 0, rig.durable.latches, {}};
    for (const auto& entry : whole.state) {
        const std::string& key = entry.first;
        CAPTURE(key);
        std::mt19937_64 random(key.size());
        for (int count = 0; count < 30; ++count) {
            Recovered damaged = whole;
            std::string& bytes = damaged.state[key];
            if (count % 3 == 0)
                bytes.resize(random() % bytes.size());
            else if (count % 3 == 1)
                bytes += "extra";
            else
                bytes.clear();
            EngineRig after = restarted(rig, limited({count_limit("machines", 2)}), damaged);
            after.tick();
            CHECK(after.zone().state == BreakerState::tripped);
            CHECK(after.count(FactKind::state_lost) >= 1);
        }
    }
}

TEST_CASE("an engine that starts from its saved state goes on as if nothing had been") {
    Policy policy = limited({spend_limit("daily", 100), count_limit("machines", 5)});
    EngineRig rig(policy);
    rig.begin(machines({"a", "b"}));
    rig.watch(machines({"a", "b"}), 30);
    EngineRig after = restarted(rig, policy, {rig.engine().save(), 0, {}, {}}, 1s);
    rig.pass(1s);
    for (EngineRig* one : {&rig, &after}) {
        one->tick();
        one->rehearse();
        one->watch(machines({"a", "b", "c"}), 30);
    }
    CHECK(after.zone().state == BreakerState::armed);
    CHECK(after.limit(0).used >= rig.limit(0).used);
    CHECK(after.limit(0).used <= rig.limit(0).used + 1'000'000);  // the reservation: a hundredth
    CHECK(after.engine().resources().size() == 3);
    CHECK(after.limit(1).used == rig.limit(1).used);
}

TEST_CASE("an orderly stop gives back what was reserved for a crash") {
    const Policy policy = limited({spend_limit("daily", 100)});
    EngineRig rig(policy);
    rig.begin(machines({"a"}));
    rig.watch(machines({"a"}), 10);
    rig.step(stopped_in_order());
    const std::int64_t used = rig.limit().used;
    EngineRig after = restarted(rig, policy, {rig.engine().save(), 0, {}, {}}, 0s);
    after.tick();
    CHECK(after.limit().used == used);
    EngineRig crashed = restarted(rig, policy, {rig.engine().save(), 0, {}, {}}, 1s);
    crashed.tick();
    EngineRig again = restarted(crashed, policy, {crashed.engine().save(), 0, {}, {}}, 0s);
    again.tick();
    CHECK(again.limit().used > crashed.limit().used);
}

TEST_CASE("an agent that is killed while it stops in order keeps what it charged until then") {
    const Policy policy = limited({spend_limit("daily", 100)});
    EngineRig rig(policy);
    rig.begin(machines({"a"}));
    rig.step(stopped_in_order());
    rig.watch(machines({"a", "b"}), 5);
    rig.watch(machines({"a"}), 1);
    EngineRig after = restarted(rig, policy, rig.durable, 0s);
    after.tick();
    CHECK(after.limit().used == rig.limit().used);
}

TEST_CASE("latches that a start could not read close their zones when they are found") {
    const Latch closed{.zone = {"dev"}, .version = 3, .tripped = true, .survivors = {{{"lab"}, {"a"}}}};
    EngineRig rig(limited({}));
    rig.begin(machines({"a", "b"}));
    REQUIRE(rig.zone().state == BreakerState::armed);
    Latch open = closed;
    open.tripped = false;
    rig.step(LatchesFound{{open, {.zone = {"unheard-of"}, .version = 1, .tripped = true}}});
    CHECK(rig.zone().state == BreakerState::armed);

    const Effects effects = rig.step(LatchesFound{{closed}});
    CHECK(rig.zone().state == BreakerState::tripped);
    CHECK(rig.count(FactKind::latch_found) == 1);
    CHECK(effects.looks.size() == 1);
    rig.watch(machines({"a", "b"}), 1);
    CHECK(rig.ordered() == Texts{"b shut_down"});
    rig.step(LatchesFound{{closed}});
    CHECK(rig.count(FactKind::latch_found) == 1);
}

TEST_CASE("what had tripped a zone before its reset doesn't trip it again after a crash") {
    EngineRig rig(limited({count_limit("machines", 2)}));
    rig.begin(machines({"a"}));
    rig.watch(machines({"a", "b"}), 1);
    rig.durable.state = rig.engine().save();  // the last checkpoint before the crash says: reached
    rig.observe("b", Observed::gone);
    rig.watch(machines({"a"}), 2);
    CHECK(rig.order(OrderKind::reset).accepted);
    EngineRig after = restarted(rig, limited({count_limit("machines", 2)}), rig.durable);
    after.tick();
    CHECK(after.zone().state == BreakerState::armed);
    after.watch(machines({"a"}), 2);
    CHECK(after.zone().state == BreakerState::armed);
}

TEST_CASE("a raise leaves no ledger on disk that is newer than its meters") {
    Policy policy = limited({spend_limit("daily", 100)});
    policy.mandates[0].ceilings = {{{"daily"}, units(500)}};
    EngineRig rig(policy);
    rig.begin(machines({"a"}));
    rig.durable.state = rig.engine().save();
    rig.watch(machines({"a"}), 600);
    CHECK(rig.order(OrderKind::raise, "", {"daily"}, units(200)).accepted);
    EngineRig after = restarted(rig, policy, rig.durable, 0s);
    after.tick();
    CHECK(after.limit().stop == 200'000'000);
    CHECK(after.limit().used <= rig.limit().used + 2'000'000);
}

TEST_CASE("a closed zone survives a reload that removes it, and takes the file's word when it is reset") {
    EngineRig rig = tripped();
    Policy next = limited({});
    next.zones.clear();
    rig.step(PolicyChange{next});
    REQUIRE(rig.engine().snapshot().zones.size() == 1);
    CHECK(rig.zone().state == BreakerState::tripped);
    CHECK(rig.count(FactKind::policy_tightened) >= 1);
    rig.observe("b", Observed::gone);
    rig.watch(machines({"a"}), 1);
    CHECK(rig.zone().state == BreakerState::latched);
    CHECK(rig.order(OrderKind::reset).accepted);
    CHECK(rig.engine().snapshot().zones.empty());
}

TEST_CASE("a closed zone survives a file that removed it while the agent was down") {
    EngineRig rig = tripped();
    Policy next = limited({});
    next.zones.clear();
    EngineRig after = restarted(rig, next, rig.durable);
    after.tick();
    REQUIRE(after.engine().snapshot().zones.size() == 1);
    CHECK(after.zone().state == BreakerState::tripped);
}

TEST_CASE("a restart loosens nothing: an armed zone comes up armed, a disarmed one disarmed") {
    const Policy policy = small_policy();
    EngineRig rig(policy);
    rig.begin({});
    EngineRig armed = restarted(rig, policy, {rig.engine().save(), 0, {}, {}});
    armed.tick();
    CHECK(armed.zone().state == BreakerState::armed);
    rig.order(OrderKind::disarm);
    EngineRig disarmed = restarted(rig, policy, {rig.engine().save(), 0, {}, {}});
    disarmed.tick();
    disarmed.rehearse();
    CHECK(disarmed.zone().state == BreakerState::disarmed);
}

TEST_CASE("a step's number is never given twice, crash or not") {
    EngineRig rig = tripped();
    std::uint64_t last = rig.steps.back().id.number;
    for (int crash = 0; crash < 10; ++crash) {
        EngineRig after = restarted(rig, limited({count_limit("machines", 2)}), rig.durable);
        after.tick();
        after.observe("b", Observed::running);
        REQUIRE_FALSE(after.steps.empty());
        CHECK(after.steps.front().id.number > last);
        last = after.steps.back().id.number;
        rig.clock = after.clock;
        rig.durable = after.durable;
    }
}

TEST_CASE("a downtime that becomes known makes no look older than it is") {
    Policy policy = limited({spend_limit("daily", 15)});
    policy.providers[0].blind_after = 3s;
    policy.providers[0].blind_rate = per_hour(1'000'000);
    EngineRig rig(policy);
    rig.begin(machines({"a"}));
    EngineRig after = restarted(rig, policy, rig.durable, 0s);
    after.clock.boot_id = "boot-2";
    after.clock.since_boot = 2s;
    after.clock.synchronized = false;
    after.look(machines({"a"}));
    after.pass(1s);
    after.clock.synchronized = true;
    after.clock.wall = rig.clock.wall + 9s;
    after.tick();
    CHECK_FALSE(after.zone().blind);
    CHECK(after.zone().state == BreakerState::armed);
}
