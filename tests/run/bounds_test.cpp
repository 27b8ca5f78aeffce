// What the cycle is made of stays bounded, and gives up what is worth least.
#include "agent/run/batch_keeper.hpp"
#include "agent/run/input_queue.hpp"
#include "agent/run/look_schedule.hpp"

#include <doctest/doctest.h>

using namespace noodstop;
using namespace noodstop::run;
using std::chrono::seconds;

namespace {

core::Look look(const char* provider, seconds taken_at, core::LookQuality quality) {
    core::Look made;
    made.provider = {provider};
    made.taken_at = core::Instant{taken_at};
    made.quality = quality;
    return made;
}

core::LookQuality taken_quality(InputQueue& queue) {
    const auto inputs = queue.take();
    REQUIRE(inputs.size() == 1);
    return std::get<core::Look>(inputs.front()).quality;
}

core::ProviderPolicy provider(const char* name) {
    core::ProviderPolicy made;
    made.name = {name};
    made.poll_interval = seconds(1);
    made.look_deadline = seconds(1);
    return made;
}

}  // namespace

TEST_CASE("in a flood what is asked for again is dropped and counted, and an order never") {
    InputQueue queue;
    for (std::size_t count = 0; count < inputs_max; ++count)
        queue.add(core::Tick{});
    queue.add(core::Observation{});
    queue.add(core::Rehearsal{});
    queue.add(core::Notice{});
    queue.add(core::Tick{});
    CHECK(queue.size() == inputs_max);
    queue.add(core::OrderInput{});
    CHECK(queue.size() == inputs_max + 1);
    CHECK(queue.take_dropped() == 4);
    CHECK(queue.take_dropped() == 0);
}

TEST_CASE("of two looks of a provider that wait, the one that tells more stays") {
    InputQueue queue;
    queue.add(look("lab", seconds(2), core::LookQuality::good));
    queue.add(look("lab", seconds(3), core::LookQuality::absent));
    CHECK(taken_quality(queue) == core::LookQuality::good);
    queue.add(look("lab", seconds(4), core::LookQuality::absent));
    queue.add(look("lab", seconds(3), core::LookQuality::partial));
    CHECK(taken_quality(queue) == core::LookQuality::partial);
    queue.add(look("lab", seconds(4), core::LookQuality::good));
    queue.add(look("lab", seconds(3), core::LookQuality::partial));
    CHECK(taken_quality(queue) == core::LookQuality::good);
    queue.add(look("lab", seconds(4), core::LookQuality::good));
    queue.add(look("lab", seconds(5), core::LookQuality::partial));
    CHECK(taken_quality(queue) == core::LookQuality::partial);
    queue.add(look("lab", seconds(6), core::LookQuality::absent));
    queue.add(look("lab", seconds(7), core::LookQuality::absent));
    CHECK(taken_quality(queue) == core::LookQuality::absent);
}

TEST_CASE("looks of two providers both wait, and orders go before them only as they came") {
    InputQueue queue;
    queue.add(look("lab", seconds(1), core::LookQuality::good));
    queue.add(core::OrderInput{});
    queue.add(look("farm", seconds(1), core::LookQuality::good));
    CHECK(queue.take().size() == 2);
    CHECK(std::holds_alternative<core::OrderInput>(queue.take().front()));
}

TEST_CASE("of the looks that were given up only the last few hundred may still answer") {
    LookSchedule schedule;
    schedule.follow({provider("lab")}, seconds(0));
    for (std::size_t count = 0; count <= given_up_looks_max; ++count) {
        const seconds now(2 * static_cast<std::int64_t>(count));
        REQUIRE(schedule.start_due(now, {}).size() == 1);
        REQUIRE(schedule.give_up_late(now + seconds(1)).size() == 1);
    }
    CHECK_FALSE(schedule.answered(1, {}));
    CHECK(schedule.answered(2, {}));
}

TEST_CASE("a look of a provider that is followed no more is of no use when it answers late") {
    LookSchedule schedule;
    schedule.follow({provider("lab")}, seconds(0));
    schedule.start_due(seconds(0), {});
    schedule.give_up_late(seconds(1));
    schedule.follow({}, seconds(2));
    CHECK_FALSE(schedule.answered(1, {}));
}

TEST_CASE("the word about a batch that nobody sent changes nothing") {
    BatchKeeper keeper(0);
    keeper.persisted(7, false, seconds(1));
    CHECK(keeper.durable());
    keeper.send(seconds(2));
    keeper.persisted(7, false, seconds(3));
    CHECK(keeper.durable());
    keeper.persisted(1, false, seconds(3));
    CHECK_FALSE(keeper.durable());
}

TEST_CASE("an answer that brings nothing to keep waits for the batch that is out") {
    BatchKeeper keeper(0);
    core::Effects decided;
    decided.facts.push_back({.kind = core::FactKind::limit_warned});
    keeper.add(decided, seconds(0), seconds(9));
    keeper.send(seconds(0));
    core::Effects answered;
    answered.replies.push_back({1, {true, "done"}});
    keeper.add(answered, seconds(1), seconds(9));
    CHECK(keeper.release(seconds(1)).replies.empty());
    keeper.persisted(1, true, seconds(2));
    CHECK(keeper.release(seconds(2)).replies.size() == 1);
}
