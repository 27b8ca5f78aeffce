#include "agent/doors/exporters/counter_board.hpp"

#include "tests/doors/exporters/samples.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace noodstop;
using namespace noodstop::exporters;
using namespace std::chrono_literals;

namespace {

core::SampleRun sample_of(std::vector<core::Counter> counters) {
    return spool_batch(1, {{1, noon, std::move(counters)}}).samples;
}

core::Fact gone_at(const std::string& resource, core::WallTime at) {
    core::Fact fact = sample_fact(1, core::FactKind::resource_gone).fact;
    fact.resource = {resource};
    fact.wall = at;
    return fact;
}

}  // namespace

TEST_CASE("the board shows each counter as it stood last, in whatever order samples come") {
    CounterBoard board;
    board.take(sample_of({zone_counter("dev", 2, noon + 1s), zone_counter("test", 5, noon)}));
    board.take(sample_of({zone_counter("dev", 1, noon)}));
    const auto readings = board.present();
    REQUIRE(readings.size() == 2);
    CHECK(readings[0].raw == 2);
    CHECK(readings[0].at == noon + 1s);
    CHECK(readings[1].raw == 5);
}

TEST_CASE("only what has been silent until then is repeated, and at that time") {
    CounterBoard board;
    board.take(sample_of({zone_counter("dev", 2, noon + 10s), zone_counter("test", 5, noon)}));
    const auto readings = board.repeated(noon + 10s);
    REQUIRE(readings.size() == 1);
    CHECK(readings[0].raw == 5);
    CHECK(readings[0].at == noon + 10s);
    CHECK(!readings[0].ended);
    CHECK(board.present()[1].at == noon);
}

TEST_CASE("a resource that is gone leaves the page at once, and its series gets an end for a while") {
    CounterBoard board;
    board.take(sample_of({resource_counter("miner-1", 7, noon), resource_counter("db", 8, noon)}));
    board.take(gone_at("miner-1", noon + 1s));
    CHECK(board.present().size() == 1);
    const auto is_ended = [](const Reading& reading) { return reading.ended; };
    const auto readings = board.repeated(noon + 2s);
    CHECK(std::count_if(readings.begin(), readings.end(), is_ended) == 1);
    CHECK(board.repeated(noon + 2s).size() == 2);
    CHECK(board.repeated(noon + 1s + end_told_for).size() == 1);
    CHECK(board.size() == 1);
}

TEST_CASE("a resource of that name that comes back is there again") {
    CounterBoard board;
    board.take(sample_of({resource_counter("miner-1", 7, noon)}));
    board.take(gone_at("miner-1", noon + 1s));
    board.take(sample_of({resource_counter("miner-1", 7, noon + 1s)}));  // its last value, on its way meanwhile
    CHECK(board.present().empty());
    board.take(sample_of({resource_counter("miner-1", 9, noon + 5s)}));
    CHECK(board.present().size() == 1);
}

TEST_CASE("other facts, and other resources, change nothing") {
    CounterBoard board;
    board.take(sample_of({resource_counter("miner-1", 7, noon), zone_counter("dev", 1, noon)}));
    board.take(gone_at("miner-2", noon + 1s));
    board.take(sample_fact(1, core::FactKind::tripped).fact);
    CHECK(board.present().size() == 2);
}

TEST_CASE("the board has an end, and counts what found no room") {
    CounterBoard board;
    std::vector<core::Counter> many;
    for (std::size_t number = 0; number < board_counters_max + 3; ++number)
        many.push_back(resource_counter(std::to_string(number), 1, noon));
    board.take(sample_of(std::move(many)));
    CHECK(board.size() == board_counters_max);
    CHECK(board.dropped_count() == 3);
}

TEST_CASE("what is gone for long is forgotten also where nothing is repeated, and may come back and go again") {
    CounterBoard board;
    board.take(sample_of({resource_counter("miner-1", 7, noon), resource_counter("db", 8, noon)}));
    board.take(gone_at("miner-1", noon + 1s));
    board.forget_gone(noon + end_told_for);
    CHECK(board.size() == 2);
    board.forget_gone(noon + 1s + end_told_for);
    CHECK(board.size() == 1);
    board.take(sample_of({resource_counter("miner-1", 9, noon + 1h)}));
    CHECK(board.present().size() == 2);
    board.take(gone_at("miner-1", noon + 2h));
    CHECK(board.present().size() == 1);
}

TEST_CASE("a resource that is gone is gone from every zone in which it was charged") {
    CounterBoard board;
    core::Counter other = resource_counter("miner-1", 3, noon);
    other.name.zone = {"test"};
    board.take(sample_of({resource_counter("miner-1", 7, noon), other}));
    board.take(gone_at("miner-1", noon + 1s));
    CHECK(board.present().empty());
}
