// The whole engine: calendar windows and wall clocks (DESIGN.md 4.5, 4.7).
#include "tests/core/engine_rigs.hpp"

#include <doctest/doctest.h>

using namespace noodstop::core;
using namespace noodstop::tests;

namespace {

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

}  // namespace

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
