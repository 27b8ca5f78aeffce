// The latch of one zone (DESIGN.md 3, 5).
#include "agent/core/breaker.hpp"

#include <doctest/doctest.h>

using namespace noodstop::core;
using namespace std::chrono_literals;

namespace {

Breaker in_state(BreakerState state) {
    Breaker breaker;
    enter(breaker, BreakerState::armed, Instant{}, {}, "");
    breaker.survivors.insert({{"lab"}, {"kept"}});
    if (state != BreakerState::armed)
        enter(breaker, state, Instant{1s}, WallTime{1s}, "limit daily reached");
    return breaker;
}

Latch latch(std::uint64_t version, bool tripped) {
    return {{"dev"}, version, tripped, false, WallTime{9s}, "from the file", {{{"lab"}, {"survivor"}}}};
}

}  // namespace

TEST_CASE("closing and opening each make a newer latch") {
    Breaker breaker;
    const std::uint64_t before = breaker.latch_version;
    enter(breaker, BreakerState::armed, Instant{}, {}, "");
    CHECK(breaker.latch_version == before);
    enter(breaker, BreakerState::tripped, Instant{}, {}, "");
    CHECK(breaker.latch_version == before + 1);
    enter(breaker, BreakerState::latched, Instant{}, {}, "");
    CHECK(breaker.latch_version == before + 2);
    enter(breaker, BreakerState::armed, Instant{}, {}, "");
    CHECK(breaker.latch_version == before + 3);
}

TEST_CASE("opening forgets targets, survivors and the flags of the trip") {
    Breaker breaker = in_state(BreakerState::latched);
    breaker.targets.emplace_back();
    breaker.held = breaker.overdue = true;
    enter(breaker, BreakerState::armed, Instant{2s}, {}, "uid:0 ordered it");
    CHECK(breaker.targets.empty());
    CHECK(breaker.survivors.empty());
    CHECK_FALSE(breaker.held);
    CHECK_FALSE(breaker.overdue);
}

TEST_CASE("a newer latch file wins in both directions") {
    Breaker open = in_state(BreakerState::armed);
    take_latch(open, latch(7, true), Instant{}, {});
    CHECK(open.state == BreakerState::tripped);
    CHECK(open.reason == "from the file");
    CHECK(open.since_wall == WallTime{9s});
    CHECK(open.survivors.contains({{"lab"}, {"survivor"}}));
    Breaker closed = in_state(BreakerState::latched);
    take_latch(closed, latch(closed.latch_version + 1, false), Instant{}, {});
    CHECK(closed.state == BreakerState::armed);
}

TEST_CASE("an older latch file changes nothing") {
    Breaker closed = in_state(BreakerState::tripped);
    closed.latch_version = 5;
    take_latch(closed, latch(4, false), Instant{}, {});
    CHECK(closed.state == BreakerState::tripped);
    Breaker open = in_state(BreakerState::armed);
    open.latch_version = 5;
    take_latch(open, latch(4, true), Instant{}, {});
    CHECK(open.state == BreakerState::armed);
}

TEST_CASE("of two records of one change the closed one wins") {
    Breaker open = in_state(BreakerState::armed);
    take_latch(open, latch(open.latch_version, true), Instant{}, {});
    CHECK(open.state == BreakerState::tripped);
    Breaker closed = in_state(BreakerState::tripped);
    take_latch(closed, latch(closed.latch_version, false), Instant{}, {});
    CHECK(closed.state == BreakerState::tripped);
}

TEST_CASE("a newer latch file of a closed zone tells the survivors") {
    Breaker closed = in_state(BreakerState::latched);
    take_latch(closed, latch(50, true), Instant{}, {});
    CHECK(closed.state == BreakerState::latched);
    CHECK(closed.survivors == std::set<ResourceKey>{{{"lab"}, {"survivor"}}});
}

TEST_CASE("the next latch is newer than any that was read, even of a zone that was open") {
    Breaker lost;
    take_latch(lost, latch(50, false), Instant{}, {});
    CHECK(lost.state == BreakerState::disarmed);
    enter(lost, BreakerState::tripped, Instant{}, {}, "");
    CHECK(latch_of(lost, {"dev"}).version == 51);
}

TEST_CASE("a latch says what the breaker is") {
    const Latch made = latch_of(in_state(BreakerState::latched), {"dev"});
    CHECK(made.tripped);
    CHECK(made.latched);
    CHECK(made.reason == "limit daily reached");
    CHECK(made.survivors.size() == 1);
    CHECK_FALSE(latch_of(in_state(BreakerState::armed), {"dev"}).tripped);
}

TEST_CASE("the slowest of the last hundred stops is kept, older ones are forgotten") {
    Breaker breaker;
    CHECK(breaker.slowest_stop() == 0s);
    breaker.measure_stop(90s);
    for (std::size_t count = 0; count < stop_times_max - 1; ++count)
        breaker.measure_stop(1s);
    CHECK(breaker.slowest_stop() == 90s);
    breaker.measure_stop(2s);
    CHECK(breaker.slowest_stop() == 2s);
}
