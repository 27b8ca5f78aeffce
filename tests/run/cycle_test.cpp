#include "tests/run/world.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace noodstop;
using namespace noodstop::testing;
using core::FactKind;

namespace {

std::size_t position(const std::vector<std::string>& events, const std::string& event) {
    return static_cast<std::size_t>(std::find(events.begin(), events.end(), event) - events.begin());
}

bool latched(const World& world) {
    return world.count(FactKind::latched) > 0;
}

}  // namespace

TEST_CASE("a load that reaches its limit is stopped, observed gone, and latched") {
    World world;
    REQUIRE(world.run_until([&] { return latched(world); }, seconds(10)));
    CHECK(world.running.empty());
    CHECK(world.steps.front().resource.text == "job");
    CHECK(world.latches.back().tripped);
    CHECK(world.snapshots.back().durable);
}

TEST_CASE("steps wait until the batch with their intent is durable") {
    World world;
    REQUIRE(world.run_until([&] { return world.steps_started(); }, seconds(10)));
    const auto urgent = position(world.events, "persist urgent");
    const auto step = position(world.events, "step");
    REQUIRE(urgent < step);
    CHECK(std::find(world.events.begin() + static_cast<std::ptrdiff_t>(urgent), world.events.end(), "durable") <
          world.events.begin() + static_cast<std::ptrdiff_t>(step));
    const auto intended = std::find_if(world.durable.begin(), world.durable.end(), [](const core::RecordedFact& fact) {
        return fact.fact.kind == FactKind::step_intended;
    });
    CHECK(intended != world.durable.end());
    CHECK(world.count(FactKind::durability_lost) == 0);
}

TEST_CASE("a disk that hangs holds up a stop for the durability deadline and no longer") {
    World world;
    REQUIRE(world.run_until([&] { return world.cycle.engine().snapshot().looks >= 5; }, seconds(5)));
    world.disk = Disk::hangs;
    Duration decided{0};
    REQUIRE(world.run_until(
        [&] {
            if (decided == Duration{0} && world.tripped())
                decided = world.now;
            return world.steps_started();
        },
        seconds(10)));
    CHECK(world.now - decided <= milliseconds(21));
    REQUIRE(world.run_until([&] { return !world.snapshots.back().durable; }, seconds(1)));
    CHECK(world.count(FactKind::durability_lost) == 1);
    CHECK(!world.latches.empty());  // the latch goes its own way at once

    REQUIRE(world.run_until([&] { return latched(world); }, seconds(10)));
    world.disk_wakes_up();
    REQUIRE(world.run_until([&] { return world.snapshots.back().durable; }, seconds(3)));
    CHECK(world.count(FactKind::durability_restored) == 1);
}

TEST_CASE("after a hanging disk wakes up, no fact is missing and none is out of order") {
    World world;
    world.disk = Disk::hangs;
    world.run_for(seconds(8));
    world.disk_wakes_up();
    world.run_for(seconds(5));
    REQUIRE(!world.durable.empty());
    for (std::size_t i = 0; i < world.durable.size(); ++i)
        CHECK(world.durable[i].sequence == i + 1);
    CHECK(world.durable.back().sequence == world.facts.back().sequence);
}

TEST_CASE("after a failed write the next batch carries the whole state and every fact of the failed one") {
    World world;
    REQUIRE(world.run_until([&] { return world.cycle.engine().snapshot().looks >= 5; }, seconds(5)));
    world.disk = Disk::fails;
    REQUIRE(world.run_until([&] { return latched(world); }, seconds(10)));
    CHECK(!world.snapshots.back().durable);
    const std::size_t whole = world.whole_states;
    world.disk = Disk::works;
    REQUIRE(world.run_until([&] { return world.snapshots.back().durable; }, seconds(10)));
    CHECK(world.whole_states > whole);
    world.run_for(seconds(2));
    for (std::size_t i = 0; i < world.durable.size(); ++i)
        CHECK(world.durable[i].sequence == i + 1);
    CHECK(world.count(FactKind::durability_lost) == 1);
    CHECK(world.count(FactKind::durability_restored) == 1);
}

TEST_CASE("a disk that fails is not asked again and again") {
    World world;
    world.disk = Disk::fails;
    world.run_for(seconds(10));
    CHECK(world.batches.size() < 15);
    CHECK(world.batches.size() > 3);
}

TEST_CASE("facts that a hanging disk keeps waiting are summarized beyond a maximum, but never a trip") {
    World world(small_policy(1'000'000));
    world.disk = Disk::hangs;
    world.run_for(seconds(1));
    for (int i = 0; i < 40'000; ++i) {
        core::Notice notice;
        notice.fact.kind = i % 2 == 0 ? FactKind::order_refused : FactKind::look_late;
        world.cycle.collect(notice);
        if (i % 50 == 0)
            world.turn();
    }
    world.turn();
    CHECK(world.count(FactKind::order_refused) >= 19'000);
    world.run_for(seconds(60));  // the engine itself tells of a kind only so much a minute
    const std::size_t told = world.count(FactKind::look_late);
    for (int i = 0; i < 20; ++i) {
        core::Notice notice;
        notice.fact.kind = FactKind::look_late;
        world.cycle.collect(notice);
    }
    world.turn();
    CHECK(world.count(FactKind::look_late) == told);
    world.disk_wakes_up();
    world.run_for(seconds(3));
    CHECK(world.count(FactKind::facts_summarized) > 0);
    CHECK(world.durable.back().sequence == world.durable.size());
}

TEST_CASE("facts without steps share a batch and calm state is written at the checkpoint interval") {
    core::Policy policy = small_policy(1'000'000);
    policy.agent.checkpoint_interval = seconds(30);
    World world(policy);
    world.run_for(seconds(2));
    const std::size_t before = world.batches.size();
    world.run_for(seconds(60));
    CHECK(world.batches.size() - before <= 10);  // two checkpoints; the rest are reservations of the ledger
    CHECK(world.whole_states >= 2);
}

TEST_CASE("a provider has one look out at a time") {
    World world(small_policy(1'000'000));
    world.provider_answers = false;
    world.run_for(milliseconds(450));
    CHECK(world.unanswered_looks.size() == 1);
}

TEST_CASE("a look that passes its deadline counts as absent and another one is started") {
    World world(small_policy(1'000'000));
    world.run_for(seconds(1));
    world.provider_answers = false;
    world.run_for(milliseconds(1300));
    CHECK(world.unanswered_looks.size() >= 2);
    CHECK(world.count(FactKind::look_absent) == 1);
}

TEST_CASE("a look that was given up and answers after all is handed on with the time it was taken") {
    World world(small_policy(1'000'000));
    world.run_for(seconds(1));
    world.provider_answers = false;
    REQUIRE(world.run_until([&] { return world.count(FactKind::look_absent) == 1; }, seconds(2)));
    const run::StartLook given_up = world.unanswered_looks.front();
    world.provider_answers = true;
    world.cycle.collect_look(world.unanswered_looks.back().number, world.look());
    world.run_for(seconds(1));
    world.cycle.collect_look(given_up.number, world.look());
    world.turn();
    CHECK(world.count(FactKind::look_late) == 1);
}

TEST_CASE("of two looks that wait for the same turn the later one counts") {
    World world(small_policy(1'000'000));
    world.run_for(seconds(1));
    world.provider_answers = false;
    REQUIRE(world.run_until([&] { return world.unanswered_looks.size() == 2; }, seconds(2)));
    const auto looks = world.cycle.engine().snapshot().looks;
    core::Look newer = world.look();
    newer.readings.clear();
    world.cycle.collect_look(world.unanswered_looks.back().number, newer);
    world.cycle.collect_look(world.unanswered_looks.front().number, world.look());
    world.turn();
    CHECK(world.cycle.engine().snapshot().looks == looks + 1);
    CHECK(world.count(FactKind::resource_gone) == 1);
}

TEST_CASE("an answer that nobody waits for changes nothing") {
    World world(small_policy(1'000'000));
    world.run_for(seconds(1));
    const auto looks = world.cycle.engine().snapshot().looks;
    world.provider_answers = false;
    world.cycle.collect_look(999'999, world.look());
    world.turn();
    CHECK(world.cycle.engine().snapshot().looks == looks);
}

TEST_CASE("an order is answered once its batch is durable") {
    World world(small_policy(1'000'000));
    world.run_for(seconds(1));
    world.events.clear();
    core::Order order{.kind = core::OrderKind::trip, .zone = {"dev"}, .given_by = {{"uid:0"}}, .reason = "test"};
    world.cycle.collect(core::OrderInput{7, order});
    REQUIRE(world.run_until([&] { return !world.replies.empty(); }, seconds(1)));
    CHECK(world.replies.front().request == 7);
    CHECK(world.replies.front().answer.accepted);
    CHECK(position(world.events, "durable") < position(world.events, "reply"));
}

TEST_CASE("a reset is kept with all state, so that nothing older decides after a crash") {
    core::Policy policy = small_policy(1'000'000);
    policy.agent.checkpoint_interval = std::chrono::hours(1);
    World world(policy);
    world.run_for(seconds(1));
    core::Order order{.kind = core::OrderKind::trip, .zone = {"dev"}, .given_by = {{"uid:0"}}, .reason = "test"};
    world.cycle.collect(core::OrderInput{7, order});
    REQUIRE(world.run_until([&] { return latched(world); }, seconds(10)));
    order.kind = core::OrderKind::reset;
    world.cycle.collect(core::OrderInput{8, order});
    REQUIRE(world.run_until([&] { return world.replies.size() == 2; }, seconds(1)));
    REQUIRE(world.replies.back().answer.accepted);
    const auto with_reset =
        std::find_if(world.batches.begin(), world.batches.end(), [](const core::RecordBatch& batch) {
            return std::any_of(batch.facts.begin(), batch.facts.end(),
                               [](const core::RecordedFact& fact) { return fact.fact.kind == FactKind::reset; });
        });
    REQUIRE(with_reset != world.batches.end());
    CHECK(with_reset->state.contains("limit/daily"));
    CHECK(with_reset->state.contains("provider/batch"));
    CHECK(!with_reset->latches.at(0).tripped);
    // On a way of its own it could open the zone on a disk that has no record of the reset.
    CHECK(
        std::all_of(world.latches.begin(), world.latches.end(), [](const core::Latch& kept) { return kept.tripped; }));
}

TEST_CASE("looks that wait together are taken in one step") {
    run::InputQueue queue;
    core::Look first{.provider = {"first"}}, second{.provider = {"second"}};
    queue.add(core::Tick{});
    queue.add(first);
    queue.add(core::Observation{});
    queue.add(second);
    CHECK(queue.take().size() == 1);
    const std::vector<core::Input> looks = queue.take();
    REQUIRE(looks.size() == 2);
    CHECK(std::get<core::Look>(looks[0]).provider.text == "first");
    CHECK(std::get<core::Look>(looks[1]).provider.text == "second");
    CHECK(std::holds_alternative<core::Observation>(queue.take().at(0)));
    CHECK(queue.take().empty());
}

TEST_CASE("an order is answered although the disk hangs") {
    World world(small_policy(1'000'000));
    world.run_for(seconds(1));
    world.disk = Disk::hangs;
    core::Order order{.kind = core::OrderKind::trip, .zone = {"dev"}, .given_by = {{"uid:0"}}, .reason = "test"};
    world.cycle.collect(core::OrderInput{7, order});
    const Duration asked = world.now;
    REQUIRE(world.run_until([&] { return !world.replies.empty() && world.steps_started(); }, seconds(1)));
    CHECK(world.now - asked <= milliseconds(25));
}

TEST_CASE("snapshots come at most every 200 ms but at once when a zone's state changes") {
    World world;
    REQUIRE(world.run_until([&] { return latched(world); }, seconds(10)));
    for (std::size_t i = 1; i < world.snapshots.size(); ++i) {
        const bool changed = world.snapshots[i].zones.front().state != world.snapshots[i - 1].zones.front().state;
        CHECK((changed || world.snapshot_times[i] - world.snapshot_times[i - 1] >= milliseconds(200)));
    }
}

TEST_CASE("notifications carry what a person must know, or the kinds that they name") {
    core::Policy policy = small_policy();
    policy.notifications = {{.name = "duty", .command = {"/bin/true"}},
                            {.name = "steps", .command = {"/bin/true"}, .facts = {"step_accepted"}}};
    World world(policy);
    REQUIRE(world.run_until([&] { return latched(world); }, seconds(10)));
    world.run_for(milliseconds(100));
    REQUIRE(!world.notifications.empty());
    std::size_t steps = 0;
    for (const run::Notify& notify : world.notifications) {
        if (notify.notification.name == "steps") {
            ++steps;
            CHECK(notify.fact.fact.kind == FactKind::step_accepted);
        } else {
            CHECK(core::is_alert(notify.fact.fact.kind));
        }
    }
    CHECK(steps == 1);
}

TEST_CASE("the same calls give the same actions") {
    World one;
    World other;
    one.run_for(seconds(6));
    other.run_for(seconds(6));
    CHECK(one.events == other.events);
    CHECK(one.cycle.engine().digest() == other.cycle.engine().digest());
}

TEST_CASE("an orderly stop leaves nothing that is not in its last batch") {
    World world;
    world.run_for(seconds(1));
    core::Notice stopped;
    stopped.fact.kind = FactKind::agent_stopped;
    world.cycle.collect(stopped);
    world.run_for(milliseconds(50));
    const auto last = world.cycle.final_batch();
    REQUIRE(last);
    CHECK(last->whole_state);
    CHECK(last->batch.facts.empty());
    CHECK(world.durable.back().fact.kind == FactKind::agent_stopped);
}

TEST_CASE("a policy change is followed: new providers are looked at, removed ones are not") {
    World world(small_policy(1'000'000));
    world.run_for(seconds(1));
    core::Policy policy = small_policy(1'000'000);
    policy.providers.front().poll_interval = seconds(10);
    world.cycle.collect(core::PolicyChange{policy});
    world.turn();
    world.events.clear();
    world.run_for(seconds(5));
    CHECK(std::count(world.events.begin(), world.events.end(), "look") <= 2);
}

TEST_CASE("the first turn, a policy change and an order may put another policy in force; a look may not") {
    World world(small_policy(1'000'000));
    world.turn();
    CHECK(world.cycle.take_policy_change());
    world.run_for(seconds(2));
    CHECK_FALSE(world.cycle.take_policy_change());
    world.cycle.collect(core::PolicyChange{small_policy(1'000'000)});
    world.turn();
    CHECK(world.cycle.take_policy_change());
    world.cycle.collect(core::OrderInput{1, {}});
    world.turn();
    CHECK(world.cycle.take_policy_change());
    CHECK_FALSE(world.cycle.take_policy_change());
}

namespace {

core::Policy told_policy(int stop, Duration checkpoint_interval) {
    core::Policy policy = small_policy(stop);
    policy.agent.channel.uplink.emplace().host = "hub";
    policy.agent.checkpoint_interval = checkpoint_interval;
    return policy;
}

std::size_t count_samples(const World& world) {
    return static_cast<std::size_t>(std::count_if(world.batches.begin(), world.batches.end(),
                                                  [](const auto& batch) { return !batch.counters.empty(); }));
}

}  // namespace

TEST_CASE("counters go with batches that carry all state, and not more often than history is wanted") {
    World world(told_policy(1'000'000, seconds(1)));
    world.run_for(seconds(60));
    CHECK(world.whole_states > 50);
    CHECK(count_samples(world) >= 5);
    CHECK(count_samples(world) <= 8);
    for (const core::RecordBatch& batch : world.batches)
        CHECK((batch.counters.empty() || batch.state.contains("spent/dev")));
}

TEST_CASE("without anybody who is told no batch has counters") {
    World world;
    world.run_for(seconds(30));
    CHECK(count_samples(world) == 0);
}

TEST_CASE("a batch that a stop waits for has no counters, and the next with all state has them") {
    World world(told_policy(3, seconds(1)));
    REQUIRE(world.run_until([&] { return latched(world); }, seconds(20)));
    for (const core::RecordBatch& batch : world.batches)
        CHECK((!batch.urgent || batch.counters.empty()));
    const std::size_t before = count_samples(world);
    world.run_for(seconds(3));  // before history is due: the zone has changed its state
    CHECK(count_samples(world) > before);
}

TEST_CASE("counters of a batch that failed are in the next") {
    World world(told_policy(1'000'000, seconds(1)));
    world.run_for(seconds(15));
    world.disk = Disk::fails;
    world.run_for(seconds(12));
    const std::size_t before = count_samples(world);
    world.disk = Disk::works;
    world.run_for(seconds(6));
    CHECK(count_samples(world) > before);
}

TEST_CASE("the last batch of an orderly stop has the last counters") {
    World world(told_policy(1'000'000, std::chrono::minutes(1)));
    world.run_for(seconds(5));
    const auto last = world.cycle.final_batch();
    REQUIRE(last.has_value());
    CHECK(!last->batch.counters.empty());
}

TEST_CASE("facts of the channel wake nobody and go with the next batch that nothing waits for") {
    World world(told_policy(1'000'000, seconds(5)));
    world.run_for(seconds(7));
    const Duration next = world.cycle.next_turn_within();
    const std::size_t before = world.batches.size();
    world.cycle.record_beside(FactKind::hub_missing, {{"hub", "there"}});
    CHECK(world.cycle.next_turn_within() == next);
    world.run_for(seconds(2));
    CHECK(world.batches.size() == before);
    CHECK(world.count(FactKind::hub_missing) == 0);
    world.run_for(seconds(4));
    REQUIRE(world.count(FactKind::hub_missing) == 1);
    const auto fact = std::find_if(world.durable.begin(), world.durable.end(), [](const core::RecordedFact& one) {
        return one.fact.kind == FactKind::hub_missing;
    });
    REQUIRE(fact != world.durable.end());
    CHECK(fact->fact.fields[0].value == "there");
    // It says when it came, not when it was written.
    CHECK(world.cycle.engine().now() - fact->fact.at >= seconds(4));
}

TEST_CASE("a flood of facts of the channel is counted, and no stop's batch has any of them") {
    World world(told_policy(3, seconds(1)));
    bool stopped = false;
    while (!stopped && world.now < std::chrono::hours(1) + seconds(30)) {
        for (int i = 0; i < 50; ++i)
            world.cycle.record_beside(FactKind::call_refused, {});
        world.run_for(milliseconds(10));
        stopped = latched(world);
    }
    REQUIRE(stopped);
    for (const core::RecordBatch& batch : world.batches) {
        const auto refused = std::count_if(batch.facts.begin(), batch.facts.end(), [](const core::RecordedFact& one) {
            return one.fact.kind == FactKind::call_refused;
        });
        CHECK(refused <= static_cast<std::ptrdiff_t>(run::side_facts_max));
        CHECK((!batch.urgent || refused == 0));
    }
    CHECK(world.count(FactKind::facts_summarized) > 0);
}
