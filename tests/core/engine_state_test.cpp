// The whole engine: windows, prices, tenants, reloads, crashes and determinism (DESIGN.md 3, 4, 5).
#include "tests/support/policy_builder.hpp"

#include <doctest/doctest.h>

#include <random>

using namespace noodstop::core;
using namespace noodstop::tests;

namespace {

using Texts = std::vector<std::string>;

Policy limited(std::vector<Limit> limits) {
    Policy policy = small_policy();
    policy.limits = std::move(limits);
    return policy;
}

Limit daily_limit(std::int64_t stop_units) {
    Limit limit = spend_limit("daily", stop_units);
    limit.window = WindowKind::day;
    return limit;
}

// Days around `around`, months left to one far away on each side.
Calendar calendar(WallTime around) {
    const auto days = std::chrono::floor<std::chrono::days>(around.since_epoch);
    Calendar made;
    for (int day = -40; day <= 40; ++day)
        made.days.push_back({days + std::chrono::days(day)});
    made.months = {made.days.front(), made.days.back()};
    return made;
}

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

EngineRig tripped() {
    EngineRig rig(limited({count_limit("machines", 2)}));
    rig.begin(machines({"a"}));
    rig.watch(machines({"a", "b"}), 1);
    return rig;
}

// The engine that a crash leaves behind on the same machine: what was durable, and the clock that went on.
EngineRig restarted(const EngineRig& crashed, Policy policy, const Recovered& found, Duration later = 2s) {
    EngineRig rig(std::move(policy), found);
    rig.clock = crashed.clock;
    rig.durable = found;
    rig.pass(later);
    return rig;
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

TEST_CASE("a day's window closes at midnight and the next begins empty") {
    EngineRig rig(limited({daily_limit(10'000)}));
    rig.begin(machines({"a"}));
    rig.step(calendar(noon));
    for (int hour = 0; hour < 11; ++hour) {
        rig.pass(1h);
        rig.look(machines({"a"}));
    }
    CHECK(rig.limit().used >= 660'000'000);
    rig.pass(1h + 1min);
    rig.look(machines({"a"}));
    CHECK(rig.limit().used <= 2'000'000);
    CHECK(rig.limit().used >= 1'000'000);
    CHECK(rig.count(FactKind::window_opened) == 1);
    rig.step(LateBill{{"daily"}, {std::chrono::floor<std::chrono::days>(noon.since_epoch)}, units(800)});
    CHECK(rig.count(FactKind::bill_reconciled) == 1);
    CHECK(rig.limit().used <= 2'000'000);
}

TEST_CASE("a first date that proves wrong loses nothing that was spent") {
    for (const Duration wrong : {Duration{24h * 365 * 30}, Duration{-24h * 365 * 30}}) {
        CAPTURE(wrong.count());
        EngineRig rig(limited({daily_limit(10'000)}));
        rig.clock.synchronized = false;
        rig.clock.wall = noon + wrong;
        rig.begin(machines({"a"}));
        rig.step(calendar(rig.engine().window_time()));
        rig.watch(machines({"a"}), 60);
        const std::int64_t spent = rig.limit().used;
        REQUIRE(spent >= 1'000'000);
        rig.clock.wall = noon;
        rig.clock.synchronized = true;
        rig.tick();
        CHECK(rig.engine().window_time() == noon);
        CHECK(rig.limit().used == spent);
        rig.step(calendar(noon));
        CHECK(rig.limit().used == spent);
        rig.pass(12h);
        rig.look(machines({"a"}));
        CHECK(rig.limit().used < 2'000'000);
    }
}

TEST_CASE("a wall clock set forth by a month opens no window") {
    EngineRig rig(limited({daily_limit(10'000)}));
    rig.begin(machines({"a"}));
    rig.step(calendar(noon));
    rig.watch(machines({"a"}), 60);
    rig.clock.wall = rig.clock.wall + 24h * 30;
    rig.watch(machines({"a"}), 60);
    CHECK(rig.limit().used >= 2'000'000);
    CHECK(rig.limit().used <= 3'000'000);
    CHECK(rig.count(FactKind::window_opened) == 0);
    CHECK(rig.count(FactKind::time_suspect) == 1);
}

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

TEST_CASE("no piece of state that is cut or changed opens a latched zone or stops the engine") {
    EngineRig rig = tripped();
    Recovered whole{rig.engine().save(), 0, rig.durable.latches, {}};
    for (const auto& [key, piece] : whole.state) {
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
    Notice stopped;
    stopped.fact.kind = FactKind::agent_stopped;
    rig.step(stopped);
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

namespace {

// A random life: looks, silence, answers, orders and reloads. All that was said, as one text.
std::string random_life(std::uint64_t seed) {
    std::mt19937_64 random(seed);
    Policy policy = limited({spend_limit("daily", 20), count_limit("machines", 6)});
    policy.limits[1].hold = 4;
    EngineRig rig(policy);
    std::string said;
    const auto tell = [&said](const Effects& effects) {
        for (const Fact& fact : effects.facts)
            said += to_text(fact) + "\n";
        for (const StepOrder& step : effects.steps)
            said += std::to_string(step.id.number) + to_text(step.lever) + step.resource.text + "\n";
        for (const auto& [key, piece] : effects.state)
            said += key + piece;
    };
    tell(rig.tick());
    rig.rehearse();
    for (int count = 0; count < 400; ++count) {
        rig.pass(Duration(random() % 3'000'000));
        std::vector<Reading> seen;
        for (char name = 'a'; name < 'i'; ++name)
            if (random() % 2 == 0)
                seen.push_back(machine(std::string(1, name), static_cast<Activity>(random() % 5)));
        switch (random() % 8) {
            case 0:
                tell(rig.absent_look());
                break;
            case 1:
                tell(rig.observe(std::string(1, static_cast<char>('a' + random() % 8)), Observed::gone));
                break;
            case 2:
                tell(rig.step(
                    OrderInput{1, {static_cast<OrderKind>(random() % 8), {"dev"}, {}, {}, {{"uid:0"}}, "why"}}));
                break;
            case 3:
                policy.limits[0].stop = 10'000'000 + static_cast<std::int64_t>(random() % 20'000'000);
                tell(rig.step(PolicyChange{policy}));
                break;
            default:
                tell(rig.look(seen));
        }
        said += std::to_string(rig.engine().digest()) + "\n";
    }
    return said;
}

}  // namespace

TEST_CASE("the same inputs give the same effects and digests, bit for bit") {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        CAPTURE(seed);
        const std::string once = random_life(seed);
        CHECK(once == random_life(seed));
        CHECK(once.find("tripped") != std::string::npos);
    }
}

TEST_CASE("a flood of one kind of facts is summarized, and no step is") {
    Policy policy = limited({count_limit("machines", 1)});
    EngineRig rig(policy);
    std::vector<Reading> many;
    for (int number = 1000; number < 1500; ++number)
        many.push_back(machine(std::to_string(number)));
    rig.begin(many);
    CHECK(rig.count(FactKind::resource_appeared) == 60);
    CHECK(rig.count(FactKind::step_intended) == 500);
    CHECK(rig.steps.size() == 500);
    rig.pass(1min);
    rig.tick();
    CHECK(rig.count(FactKind::facts_summarized) >= 1);
}
