#include "agent/doors/exporters/present_readings.hpp"

#include "tests/doors/exporters/samples.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace noodstop;
using namespace noodstop::exporters;
using namespace std::chrono_literals;

TEST_CASE("counters are told as they stood a minute ago, the snapshot as of its own time") {
    CounterBoard board;
    board.take(spool_batch(1, {{1, noon, {zone_counter("dev", 5, noon - 1h), zone_counter("new", 6, noon)}}}).samples);
    const auto readings = present_readings(sample_snapshot(), board, {noon + 10s, "0.1.0"});
    std::vector<core::WallTime> costs;
    for (const Reading& reading : readings)
        if (reading.figure == Figure::zone_cost)
            costs.push_back(reading.at);
    CHECK(costs == std::vector<core::WallTime>{noon + 10s - 1min});
    const auto state = std::find_if(readings.begin(), readings.end(),
                                    [](const Reading& reading) { return reading.figure == Figure::zone_state; });
    REQUIRE(state != readings.end());
    CHECK(state->at == noon);
}

TEST_CASE("no series has two sources") {
    CounterBoard board;
    board.take(spool_batch(1, {{1, noon, {limit_counter("daily", 5, noon - 1h)}}}).samples);
    const auto readings = present_readings(sample_snapshot(), board, {noon, "0.1.0"});
    const auto count = std::count_if(readings.begin(), readings.end(),
                                     [](const Reading& reading) { return reading.figure == Figure::limit_used_cost; });
    CHECK(count == 1);
}
