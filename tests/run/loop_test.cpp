// The real Loop, with a store on disk.
#include "tests/run/running.hpp"

using namespace noodstop;
using namespace noodstop::testing;

namespace {

// Two zones, "dev" of provider "batch" as in small_policy, and "other" of provider "slow", which never trips.
core::Policy two_zones() {
    core::Policy policy = small_policy(1);
    core::ProviderPolicy slow = policy.providers.front();
    slow.name = {"slow"};
    policy.providers.push_back(slow);
    core::ZonePolicy other = policy.zones.front();
    other.name = {"other"};
    other.providers = {{"slow"}};
    policy.zones.push_back(other);
    policy.mandates.front().scope.push_back({"other"});
    policy.mandates.front().grants.push_back({{"slow"}, {core::Lever::power_off}});
    core::Limit limit = policy.limits.front();
    limit.name = {"other"};
    limit.zone = core::ZoneName{"other"};
    limit.stop = core::units(1'000'000).micros;
    policy.limits.push_back(limit);
    return policy;
}

}  // namespace

TEST_CASE("the real loop trips, stops, observes and latches, and its facts are in the store") {
    Running running(small_policy(1));
    REQUIRE(running.run_until([&] { return running.count(FactKind::latched) == 1; }, seconds(20)));
    CHECK(running.snapshot.zones.front().state == core::BreakerState::latched);
    running.loop->stop("the test is over");
    CHECK(running.run_until([&] { return running.ended; }, seconds(5)));
}

TEST_CASE("a provider whose reads hang delays no other: the other one's zone is stopped in time") {
    Running running(two_zones());
    running.script("slow").reads_hang = true;
    REQUIRE(running.run_until([&] { return running.count(FactKind::latched) == 1; }, seconds(20)));
    CHECK(running.at(FactKind::step_accepted) - running.at(FactKind::tripped) < milliseconds(500));
    REQUIRE(running.run_until([&] { return running.count(FactKind::look_absent) > 0; }, seconds(5)));
}

TEST_CASE("threads that hang in a read are left behind and replaced, but not without end") {
    Running running(two_zones());
    running.script("slow").reads_hang = true;
    REQUIRE(running.run_until([&] { return running.script("slow").made >= 3; }, seconds(20)));
    const int turns = running.turns;
    running.run_until([] { return false; }, seconds(4));
    CHECK(running.script("slow").made <= 1 + static_cast<int>(run::workers_max));
    CHECK(running.turns > turns + 10);
    CHECK(running.count(FactKind::fault_survived) >= 1);

    running.script("slow").reads_hang = false;
    running.script("slow").gate->open();
    CHECK(running.run_until(
        [&] {
            for (const core::ProviderStatus& provider : running.snapshot.providers)
                if (provider.name.text == "slow")
                    return !provider.blind;
            return false;
        },
        seconds(10)));
}

TEST_CASE("a stop that hangs is left behind, and the next try kills the load") {
    Running running(small_policy(1));
    running.script("batch").first_step_hangs = true;
    CHECK(running.run_until([&] { return running.count(FactKind::latched) == 1; }, seconds(20)));
    CHECK(running.script("batch").steps >= 2);
}

TEST_CASE("a provider that throws counts as absent, and the loop goes on") {
    Running running(small_policy(1));
    running.script("batch").reads_throw = true;
    REQUIRE(running.run_until([&] { return running.count(FactKind::look_absent) > 0; }, seconds(10)));
    running.script("batch").reads_throw = false;
    CHECK(running.run_until([&] { return running.count(FactKind::latched) == 1; }, seconds(20)));
}

TEST_CASE("a wrong configuration is refused with all its mistakes and the old one stays in force") {
    Running running(small_policy(1'000));
    REQUIRE(running.run_until([&] { return running.turns > 2; }, seconds(5)));
    running.configuration.mistakes = {{"f.toml", 1, "a", "wrong", "right"}, {"f.toml", 2, "b", "wrong too", "right"}};
    running.loop->reload();
    REQUIRE(running.run_until([&] { return running.count(FactKind::policy_refused) == 1; }, seconds(5)));
    for (const core::RecordedFact& fact : running.facts)
        if (fact.fact.kind == FactKind::policy_refused)
            CHECK(fact.fact.fields.size() == 3);

    running.configuration = {};
    running.configuration.policy = small_policy(1);
    running.loop->reload();
    CHECK(running.run_until([&] { return running.count(FactKind::latched) == 1; }, seconds(20)));
}

TEST_CASE("after a restart with another configuration the providers are those of the new one from the first look on") {
    const auto folder = std::make_shared<TemporaryFolder>();
    core::Policy policy = small_policy(1'000'000);
    policy.providers.front().poll_interval = milliseconds(110);
    {
        Running running(policy, folder);
        REQUIRE(running.run_until([&] { return running.count(FactKind::armed) == 1; }, seconds(10)));
        running.loop->stop("the test starts it again");
        REQUIRE(running.run_until([&] { return running.ended; }, seconds(5)));
    }
    policy.providers.front().poll_interval = milliseconds(120);
    Running running(policy, folder);
    REQUIRE(running.run_until([&] { return running.count(FactKind::policy_loaded) == 1; }, seconds(10)));
    const Script& made = running.script("batch");
    REQUIRE(running.run_until([&] { return made.poll_interval.load() > core::Duration{0}; }, seconds(10)));
    CHECK(running.script("batch").poll_interval.load() == milliseconds(120));
    CHECK(running.script("batch").made == 1);
}
