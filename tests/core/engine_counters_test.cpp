// What streams out of the ledger: cumulative, of the state that is kept with it, and nothing where nobody is told.
#include "tests/core/engine_rigs.hpp"

#include <doctest/doctest.h>

using namespace noodstop;
using namespace noodstop::tests;
using core::CounterKind;

namespace {

core::Policy told(core::Policy policy) {
    policy.agent.channel.uplink.emplace().host = "hub";
    return policy;
}

const core::Counter* find(const std::vector<core::Counter>& counters, CounterKind kind, const std::string& name) {
    for (const core::Counter& counter : counters)
        if (counter.name.kind == kind &&
            (counter.name.zone.text == name || counter.name.limit.text == name || counter.name.resource.text == name))
            return &counter;
    return nullptr;
}

std::int64_t value(const std::vector<core::Counter>& counters, CounterKind kind, const std::string& name) {
    const core::Counter* counter = find(counters, kind, name);
    REQUIRE(counter != nullptr);
    return counter->value.micros;
}

// One machine at one a minute, looked at each second.
EngineRig metered(core::Policy policy, core::Duration time) {
    EngineRig rig(std::move(policy));
    rig.begin(machines({"a"}));
    rig.watch(machines({"a"}), static_cast<int>(time / 1s));
    return rig;
}

}  // namespace

TEST_CASE("zones, spend limits and resources have counters, with names that say whose they are") {
    EngineRig rig = metered(told(limited({spend_limit("daily", 1'000), count_limit("machines", 9)})), 60s);
    const auto counters = rig.engine().counters();
    REQUIRE(counters.size() == 3);
    CHECK(counters[0].name == core::CounterName{CounterKind::zone_spend, {"acme"}, {"dev"}, {}, {}, {}, "EUR"});
    CHECK(counters[1].name == core::CounterName{CounterKind::limit_used, {"acme"}, {"dev"}, {"daily"}, {}, {}, "EUR"});
    CHECK(counters[2].name ==
          core::CounterName{CounterKind::resource_spend, {"acme"}, {"dev"}, {}, {"lab"}, {"a"}, "EUR"});
    for (const core::Counter& counter : counters) {
        CHECK(counter.value.micros > 900'000);
        CHECK(counter.value.micros < 1'200'000);
        CHECK(counter.at == rig.engine().window_time());
    }
    CHECK(counters[0].value == counters[1].value);
    REQUIRE(counters[0].since.has_value());
    CHECK(*counters[0].since <= noon);
}

TEST_CASE("a zone's counter begins where the counting began, and stays there whatever the clock does") {
    EngineRig rig = metered(told(limited({})), 10s);
    const auto since = rig.engine().counters().at(0).since;
    rig.clock.wall = rig.clock.wall + 5s;  // the clock is disciplined
    rig.watch(machines({"a"}), 20);
    CHECK(rig.engine().counters().at(0).since == since);
}

TEST_CASE("without anybody who takes samples there are no counters, and no state is kept for them") {
    core::Policy policy = limited({spend_limit("daily", 1'000)});
    SUBCASE("no channel") {}
    SUBCASE("logs only") {
        policy.agent.channel.exporters.push_back({.name = "logs", .kind = core::ExporterKind::otlp_logs});
    }
    EngineRig rig = metered(policy, 10s);
    CHECK(rig.engine().counters().empty());
    for (const auto& [key, piece] : rig.engine().save())
        CHECK(!key.starts_with("spent/"));
}

TEST_CASE("a restart from the state that was kept with them lowers no counter, and what ran meanwhile is added") {
    const core::Policy policy = told(limited({spend_limit("daily", 1'000)}));
    EngineRig rig = metered(policy, 60s);
    const auto before = rig.engine().counters();
    EngineRig after = restarted(rig, policy, {.state = rig.engine().save(), .last_sequence = 9}, 5s);
    after.look(machines({"a"}));
    const auto counters = after.engine().counters();
    REQUIRE(counters.size() == before.size());
    for (std::size_t place = 0; place < before.size(); ++place) {
        CHECK(counters[place].name == before[place].name);
        CHECK(counters[place].value > before[place].value);
    }
    CHECK(counters[0].since == before[0].since);
}

TEST_CASE("what is not told is not counted: who follows again is told from then on, and since when") {
    const core::Policy policy = told(limited({spend_limit("daily", 1'000)}));
    EngineRig rig = metered(policy, 60s);
    const auto first = *rig.engine().counters().at(0).since;
    core::Policy silent = policy;
    silent.agent.channel = {};
    rig.step(core::PolicyChange{silent});
    CHECK(rig.engine().counters().empty());
    rig.watch(machines({"a"}), 60);
    rig.step(core::PolicyChange{policy});
    CHECK(value(rig.engine().counters(), CounterKind::zone_spend, "dev") == 0);
    rig.watch(machines({"a"}), 6);
    CHECK(value(rig.engine().counters(), CounterKind::zone_spend, "dev") < 200'000);
    CHECK(*rig.engine().counters().at(0).since > first);
}

TEST_CASE("a piece that an earlier process left, before one that did not count, is not taken up") {
    const core::Policy policy = told(limited({}));
    EngineRig rig = metered(policy, 60s);
    core::StatePieces left = rig.engine().save();
    core::Policy silent = policy;
    silent.agent.channel = {};
    EngineRig between = restarted(rig, silent, {.state = left, .last_sequence = 9}, 5s);
    between.look(machines({"a"}));
    for (auto& [key, piece] : between.engine().save())
        left[key] = piece;  // as a database keeps what nobody replaces
    REQUIRE(left.contains("spent/dev"));
    EngineRig after = restarted(between, policy, {.state = left, .last_sequence = 20}, 5s);
    after.look(machines({"a"}));
    CHECK(value(after.engine().counters(), CounterKind::zone_spend, "dev") < 500'000);
}

TEST_CASE("resources of a provider that two zones share belong to neither alone") {
    core::Policy policy = told(limited({}));
    policy.zones.push_back(zone_policy("prod", "lab"));
    policy.mandates = {full_mandate("m1", {{"dev"}, {"prod"}}, {"lab"})};
    EngineRig rig = metered(policy, 10s);
    const auto counters = rig.engine().counters();
    const core::Counter* shared = find(counters, CounterKind::resource_spend, "a");
    REQUIRE(shared != nullptr);
    CHECK(shared->name.zone.empty());
    CHECK(value(counters, CounterKind::zone_spend, "dev") == value(counters, CounterKind::zone_spend, "prod"));
}
