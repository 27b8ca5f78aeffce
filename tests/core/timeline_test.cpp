// Two times from one clock reading (DESIGN.md 4.7).
#include "agent/core/timeline.hpp"

#include <doctest/doctest.h>

using namespace noodstop::core;
using namespace std::chrono_literals;

namespace {

constexpr WallTime noon{std::chrono::hours(24 * 20'000 + 12)};

ClockReading reading(Duration since_boot, WallTime wall, bool synchronized = true, std::string boot = "one") {
    return {std::move(boot), since_boot, wall, synchronized};
}

Timeline started(bool synchronized = true) {
    Timeline line;
    line.advance(reading(100s, noon, synchronized));
    return line;
}

}  // namespace

TEST_CASE("the first reading begins the line at the wall time it shows") {
    Timeline line;
    CHECK_FALSE(line.started());
    CHECK(line.advance(reading(100s, noon)) == Timeline::Remark::became_trusted);
    CHECK(line.now() == Instant{});
    CHECK(line.window_time() == noon);
}

TEST_CASE("both times follow the boot clock, suspend included") {
    Timeline line = started();
    line.advance(reading(100s + 8h, noon + 8h));
    CHECK(line.now() == Instant{8h});
    CHECK(line.window_time() == noon + 8h);
}

TEST_CASE("a boot clock that goes back moves nothing") {
    Timeline line = started();
    line.advance(reading(160s, noon + 1min));
    line.advance(reading(130s, noon + 1min));
    CHECK(line.now() == Instant{60s});
    line.advance(reading(161s, noon + 61s));
    CHECK(line.now() == Instant{61s});
}

TEST_CASE("a wall clock set a month forth or back moves windows by one part in a thousand at most") {
    for (const Duration jump : {Duration{24h * 30}, Duration{-24h * 30}}) {
        CAPTURE(jump.count());
        Timeline line = started();
        CHECK(line.advance(reading(101s, noon + 1s + jump)) == Timeline::Remark::clock_disagrees);
        for (int second = 2; second <= 1000; ++second)
            CHECK(line.advance(reading(100s + second * 1s, noon + second * 1s + jump)) == Timeline::Remark::none);
        const Duration moved = line.window_time() - (noon + 1000s);
        CHECK(moved <= 1s);
        CHECK(moved >= -1s);
        CHECK(line.now() == Instant{1000s});
        CHECK(line.advance(reading(1101s, noon + 1001s)) == Timeline::Remark::clock_agrees);
    }
}

TEST_CASE("a small difference is followed until it is gone") {
    Timeline line = started();
    for (int minute = 1; minute <= 60; ++minute)
        line.advance(reading(100s + minute * 60s, noon + minute * 60s + 2s));
    CHECK(line.window_time() == noon + 1h + 2s);
}

TEST_CASE("window time never goes back, whatever the wall clock does") {
    Timeline line = started();
    WallTime before = line.window_time();
    for (int second = 1; second < 500; ++second) {
        line.advance(reading(100s + second * 1s, noon + (second % 7) * 1h - (second % 5) * 24h));
        CHECK(line.window_time() > before);
        before = line.window_time();
    }
}

TEST_CASE("the first synchronized reading is believed, once") {
    Timeline line = started(false);
    line.advance(reading(110s, noon + 10s, false));
    CHECK_FALSE(line.trusted());
    CHECK(line.advance(reading(120s, noon - 24h * 400)) == Timeline::Remark::became_trusted);
    CHECK(line.window_time() == noon - 24h * 400);
    CHECK(line.date_corrected());
    CHECK(line.now() == Instant{20s});
    line.advance(reading(130s, noon - 24h * 800));
    CHECK_FALSE(line.date_corrected());
    CHECK(line.window_time() > noon - 24h * 400);
}

TEST_CASE("after a reboot windows stand until time is synchronized, and durations go on by the time since boot") {
    Timeline line = started();
    line.advance(reading(200s, noon + 100s));
    CHECK(line.advance(reading(30s, noon + 24h * 30, false, "two")) == Timeline::Remark::rebooted);
    CHECK(line.now() == Instant{130s});
    CHECK(line.window_time() == noon + 100s);
    line.advance(reading(90s, noon + 24h * 30, false, "two"));
    CHECK(line.now() == Instant{190s});
    CHECK(line.window_time() == noon + 100s);
}

TEST_CASE("synchronized time after a reboot tells the whole downtime") {
    Timeline line = started();
    line.advance(reading(200s, noon + 100s));
    line.advance(reading(30s, noon, false, "two"));
    CHECK(line.advance(reading(60s, noon + 2h, true, "two")) == Timeline::Remark::became_trusted);
    CHECK(line.now() == Instant{160s});
    CHECK(line.downtime() == 2h - 160s);
    CHECK(line.down_since() == Instant{100s});
    CHECK(line.window_time() == noon + 2h);
    CHECK_FALSE(line.date_corrected());
}

TEST_CASE("the time spent in several boots without synchronized time is no downtime") {
    Timeline line = started();
    line.advance(reading(30s, noon, false, "two"));
    line.advance(reading(1h, noon, false, "two"));
    line.advance(reading(30s, noon, false, "three"));
    CHECK(line.downtime() == 0s);
    line.advance(reading(60s, noon + 5h, true, "three"));
    CHECK(line.now() == Instant{1h + 60s});
    CHECK(line.downtime() == 4h - 60s);
    CHECK(line.down_since() == Instant{});
    line.advance(reading(61s, noon + 5h + 1s, true, "three"));
    CHECK(line.downtime() == 0s);
}

TEST_CASE("a reboot with synchronized time tells the downtime at once") {
    Timeline line = started();
    CHECK(line.advance(reading(30s, noon + 5h, true, "two")) == Timeline::Remark::rebooted);
    CHECK(line.now() == Instant{30s});
    CHECK(line.downtime() == 5h - 30s);
    CHECK(line.trusted());
}

TEST_CASE("synchronized time from before the reboot takes no window back") {
    Timeline line = started();
    line.advance(reading(30s, noon - 24h, true, "two"));
    CHECK(line.window_time() == noon);
    CHECK(line.now() == Instant{30s});
}

TEST_CASE("a date that was never synchronized tells no downtime and keeps no window in the future") {
    for (const Duration wrong : {Duration{24h * 365 * 20}, Duration{-24h * 365 * 20}}) {
        CAPTURE(wrong.count());
        Timeline line;
        line.advance(reading(100s, noon + wrong, false));
        line.advance(reading(30s, noon + wrong, false, "two"));
        line.advance(reading(40s, noon, true, "two"));
        CHECK(line.window_time() == noon);
        CHECK(line.now() == Instant{40s});
        CHECK(line.date_corrected());
    }
}

TEST_CASE("the line goes on after a restart from its bytes") {
    Timeline line = started();
    line.advance(reading(200s, noon + 100s));
    Timeline restored;
    REQUIRE(from_bytes(to_bytes(line), restored));
    restored.advance(reading(260s, noon + 160s));
    CHECK(restored.now() == Instant{160s});
    CHECK(restored.window_time() == noon + 160s);
}
