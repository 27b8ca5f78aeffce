// The real Loop with a doors process at its link that asks for what is spooled.
#include "agent/doors/path_client.hpp"
#include "tests/run/running.hpp"

using namespace noodstop;
using namespace noodstop::testing;

namespace {

core::Policy told_policy_of_loop() {
    core::Policy policy = small_policy(1'000'000);
    policy.agent.channel.uplink.emplace().host = "hub";
    policy.agent.checkpoint_interval = milliseconds(500);
    return policy;
}

// The loop, and its doors process as far as the link goes.
struct Linked : Running {
    explicit Linked(core::Policy policy) : Running(std::move(policy)) {
        auto ends = platform::socket_pair();
        REQUIRE(ends.ok());
        loop->connect_doors(ends->first.release());
        doors.emplace(io, std::move(ends->second),
                      doors::PathReports{[](core::Snapshot) {}, [](auto) {}, [](std::string) {}});
    }

    template <class Content>
    Content ask(decltype(codec::LinkRequest::content) question) {
        std::optional<Content> answer;
        doors->ask_own(std::move(question), [&](doors::PathClient::Answer came) {
            REQUIRE(std::holds_alternative<decltype(codec::LinkAnswer::content)>(came));
            answer = std::get<Content>(std::get<0>(came));
        });
        REQUIRE(run_until([&] { return answer.has_value(); }, seconds(20)));
        return *answer;
    }
    core::BatchFound next(const std::string& consumer = "hub") {
        return ask<core::BatchFound>(codec::BatchQuery{consumer, 100, 1'000, 1 << 20});
    }

    std::optional<doors::PathClient> doors;
};

core::HubAnswer all_taken(const core::SpoolBatch& batch) {
    const auto lane = [](const core::RunBounds& run) {
        return core::LaneAnswer{true, run.empty() ? run.after : run.end()};
    };
    return {lane(batch.facts), lane(batch.samples)};
}

}  // namespace

TEST_CASE("facts and counters come out of the journal through the link, and what was taken does not come again") {
    Linked linked(told_policy_of_loop());
    REQUIRE(linked.run_until([&] { return linked.count(FactKind::armed) == 1; }, seconds(20)));
    std::size_t facts = 0, counters = 0;
    std::uint64_t last = 0;
    const auto all_came = [&] { return facts > 0 && counters >= 3; };
    REQUIRE(linked.run_until(
        [&] {
            if (all_came())
                return true;
            const core::BatchFound found = linked.next();
            if (found.batch.empty())
                return false;
            for (const core::RecordedFact& fact : found.batch.facts.facts) {
                CHECK(fact.sequence > last);
                last = fact.sequence;
            }
            facts += found.batch.facts.facts.size();
            for (const core::Sample& sample : found.batch.samples.samples)
                counters += sample.counters.size();
            const codec::BatchAnswer answer{"hub", found.batch.number, all_taken(found.batch)};
            CHECK(linked.ask<core::BatchTaken>(answer).taken);
            CHECK(!linked.ask<core::BatchTaken>(answer).taken);
            return all_came();
        },
        seconds(30)));
}

TEST_CASE("who does not follow is told so") {
    Linked linked(told_policy_of_loop());
    const core::BatchFound found = linked.next("exporter/lab");
    CHECK(found.batch.number == 0);
    CHECK(found.problem == "exporter/lab does not follow the spool");
}

TEST_CASE("a configuration that names other followers takes effect without a restart") {
    Linked linked(small_policy(1'000'000));
    REQUIRE(linked.run_until([&] { return linked.count(FactKind::armed) == 1; }, seconds(20)));
    CHECK(linked.next().batch.number == 0);
    linked.configuration.policy = told_policy_of_loop();
    linked.loop->reload();
    REQUIRE(linked.run_until([&] { return !linked.next().batch.empty(); }, seconds(20)));
    linked.configuration.policy = small_policy(1'000'000);
    linked.loop->reload();
    REQUIRE(linked.run_until([&] { return linked.next().batch.number == 0; }, seconds(20)));
}

TEST_CASE("what the doors process reports is recorded") {
    Linked linked(told_policy_of_loop());
    linked.ask<codec::NoticeTaken>(codec::Notice{FactKind::call_refused, {{"caller", "uid:1000"}}});
    REQUIRE(linked.run_until([&] { return linked.count(FactKind::call_refused) == 1; }, seconds(20)));
}
