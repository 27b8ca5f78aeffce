// When a limit is reached (DESIGN.md 4.4, 4.6, 4.9).
#include "agent/core/limit_watch.hpp"

#include "tests/support/policy_builder.hpp"

#include <doctest/doctest.h>

using namespace noodstop::core;
using namespace noodstop::tests;

namespace {

Usage good_look(std::int64_t counted) {
    Usage usage;
    usage.counted = counted;
    usage.good_look = true;
    usage.poll_interval = 1s;
    return usage;
}

Usage burning(HourlyRate rate, Duration reaction) {
    Usage usage;
    usage.rates = {rate, rate};
    usage.reaction = reaction;
    return usage;
}

LimitWatch confirming(std::uint32_t looks) {
    Limit limit = count_limit("machines", 3);
    limit.confirm = looks;
    return LimitWatch(limit);
}

void charge(LimitWatch& watch, Money amount) {
    watch.window().charge(Instant{}, Instant{}, {amount, amount});
}

}  // namespace

TEST_CASE("reached means equal or above") {
    LimitWatch watch(spend_limit("daily", 10));
    charge(watch, units(10) - Money{1});
    watch.evaluate({}, Instant{});
    CHECK_FALSE(watch.reached(Stage::stop));
    charge(watch, Money{1});
    watch.evaluate({}, Instant{});
    CHECK(watch.reached(Stage::stop));
}

TEST_CASE("spend compares what the bill will be when the stop has worked") {
    LimitWatch watch(spend_limit("daily", 10));
    charge(watch, units(8));
    watch.evaluate(burning(per_hour(60), 119s), Instant{});
    CHECK_FALSE(watch.reached(Stage::stop));
    CHECK(watch.exposure() == 9'983'334);
    watch.evaluate(burning(per_hour(60), 2min), Instant{});
    CHECK(watch.reached(Stage::stop));
    CHECK(watch.used() == 8'000'000);
}

TEST_CASE("what is assumed while blind counts") {
    LimitWatch watch(spend_limit("daily", 10));
    Usage usage;
    usage.assumed = {units(10), units(10)};
    watch.evaluate(usage, Instant{});
    CHECK(watch.reached(Stage::stop));
}

TEST_CASE("confirm wants so many good looks in a row") {
    LimitWatch watch = confirming(3);
    for (int second = 0; second < 2; ++second) {
        watch.evaluate(good_look(3), Instant{second * 1s});
        CHECK_FALSE(watch.reached(Stage::stop));
    }
    watch.evaluate(good_look(2), Instant{2s});
    for (int second = 3; second < 5; ++second)
        watch.evaluate(good_look(3), Instant{second * 1s});
    CHECK_FALSE(watch.reached(Stage::stop));
    watch.evaluate(good_look(3), Instant{5s});
    CHECK(watch.reached(Stage::stop));
}

TEST_CASE("looks more than three intervals apart don't confirm each other") {
    LimitWatch watch = confirming(2);
    watch.evaluate(good_look(3), Instant{});
    watch.evaluate(good_look(3), Instant{3s + 1us});
    CHECK_FALSE(watch.reached(Stage::stop));
    watch.evaluate(good_look(3), Instant{6s + 1us});
    CHECK(watch.reached(Stage::stop));
}

TEST_CASE("absent looks neither count nor reset") {
    LimitWatch watch = confirming(2);
    watch.evaluate(good_look(3), Instant{});
    Usage absent = good_look(0);
    absent.good_look = false;
    watch.evaluate(absent, Instant{1s});
    watch.evaluate(good_look(3), Instant{2s});
    CHECK(watch.reached(Stage::stop));
    watch.evaluate(absent, Instant{3s});
    CHECK(watch.reached(Stage::stop));
    watch.evaluate(good_look(2), Instant{4s});
    CHECK_FALSE(watch.reached(Stage::stop));
}

TEST_CASE("several providers' looks of one round count once") {
    LimitWatch watch = confirming(2);
    watch.evaluate(good_look(3), Instant{});
    watch.evaluate(good_look(3), Instant{10ms});
    watch.evaluate(good_look(3), Instant{499ms});
    CHECK_FALSE(watch.reached(Stage::stop));
    watch.evaluate(good_look(3), Instant{1s});
    CHECK(watch.reached(Stage::stop));
}

TEST_CASE("an allow limit is reached in its own stage by one offender") {
    Limit limit = count_limit("regions", 0);
    limit.kind = LimitKind::allow;
    limit.stop = std::nullopt;
    limit.allow_stage = Stage::hold;
    LimitWatch watch(limit);
    watch.evaluate(good_look(1), Instant{});
    CHECK(watch.reached(Stage::hold));
    CHECK_FALSE(watch.reached(Stage::stop));
    CHECK_FALSE(watch.reached(Stage::warn));
}

TEST_CASE("raising lifts every stage in proportion, and the higher of raise and exception holds") {
    Limit limit = spend_limit("daily", 10);
    limit.warn = 5'000'000;
    limit.hold = 8'000'000;
    LimitWatch watch(limit);
    watch.raise(20'000'000);
    CHECK(watch.threshold(Stage::warn) == 10'000'000);
    CHECK(watch.threshold(Stage::hold) == 16'000'000);
    CHECK(watch.threshold(Stage::stop) == 20'000'000);
    watch.except(30'000'000);
    CHECK(watch.threshold(Stage::stop) == 30'000'000);
    watch.except(std::nullopt);
    watch.forget_raise();
    CHECK(watch.threshold(Stage::stop) == 10'000'000);
    watch.except(1);
    CHECK(watch.threshold(Stage::stop) == 10'000'000);
}

TEST_CASE("a stop at zero can be raised") {
    LimitWatch watch(count_limit("machines", 0));
    watch.evaluate(good_look(0), Instant{});
    CHECK(watch.reached(Stage::stop));
    watch.raise(5);
    CHECK(watch.threshold(Stage::stop) == 5);
    watch.evaluate(good_look(4), Instant{1s});
    CHECK_FALSE(watch.reached(Stage::stop));
}

TEST_CASE("a raised count limit is reached no more before the next look confirms it again") {
    LimitWatch watch = confirming(1);
    watch.evaluate(good_look(3), Instant{});
    REQUIRE(watch.reached(Stage::stop));
    watch.raise(4);
    CHECK_FALSE(watch.reached(Stage::stop));
    watch.evaluate(good_look(4), Instant{1s});
    CHECK(watch.reached(Stage::stop));
}

TEST_CASE("what changed prices alone would stop is withheld, and warns") {
    Limit limit = spend_limit("daily", 10);
    limit.warn = 5'000'000;
    LimitWatch watch(limit);
    watch.window().charge(Instant{}, Instant{}, {units(11), units(4)});
    watch.evaluate({}, Instant{});
    CHECK(watch.withheld());
    CHECK(watch.reached(Stage::warn));
    CHECK_FALSE(watch.reached(Stage::stop));
    watch.window().acknowledge_prices();
    watch.evaluate({}, Instant{});
    CHECK_FALSE(watch.withheld());
    CHECK(watch.reached(Stage::stop));
}

TEST_CASE("a withheld rate stays withheld between its looks") {
    Limit limit = count_limit("burn", 10'000'000);
    limit.kind = LimitKind::rate;
    LimitWatch watch(limit);
    Usage usage = good_look(0);
    usage.rates = {per_hour(11), per_hour(1)};
    watch.evaluate(usage, Instant{});
    CHECK(watch.withheld());
    usage.good_look = false;
    watch.evaluate(usage, Instant{500ms});
    CHECK(watch.withheld());
}

TEST_CASE("the time to the stop is zero when reached and unknown when nothing burns") {
    LimitWatch watch(spend_limit("daily", 10));
    watch.evaluate({}, Instant{});
    CHECK_FALSE(watch.time_to_stop());
    watch.evaluate(burning(per_hour(60), 0s), Instant{});
    CHECK(watch.time_to_stop() == 10min);
    charge(watch, units(10));
    watch.evaluate(burning(per_hour(60), 0s), Instant{});
    CHECK(watch.time_to_stop() == 0s);
}

TEST_CASE("the reservation runs ahead by a hundredth of the limit and is rarely moved") {
    LimitWatch watch(spend_limit("daily", 100));
    int moved = 0;
    for (int cent = 0; cent < 1000; ++cent) {
        charge(watch, Money{10'000});
        moved += watch.reserve();
        CHECK(watch.reservation() >= watch.window().charged().current);
        CHECK(watch.reservation() <= watch.window().charged().current + units(1));
    }
    CHECK(moved <= 21);
    CHECK(moved > 5);
}

TEST_CASE("a hundred crashes reserve no more than one") {
    LimitWatch watch(spend_limit("daily", 100));
    charge(watch, units(50));
    watch.reserve();
    const std::string durable = to_bytes(watch);
    for (int crash = 0; crash < 100; ++crash) {
        const Money reserved = watch.reservation();
        watch = LimitWatch(spend_limit("daily", 100));
        REQUIRE(from_bytes(durable, watch));
        watch.restore_reservation(reserved, Instant{});
        watch.reserve();
    }
    CHECK(watch.window().accrued().current == units(51));
    charge(watch, units(5));
    CHECK(watch.window().accrued().current == units(55));
}

TEST_CASE("another window length keeps what was accrued") {
    LimitWatch watch(spend_limit("daily", 100));
    charge(watch, units(50));
    Limit longer = spend_limit("daily", 100);
    longer.window_length = 48h;
    watch.configure(longer);
    CHECK(watch.window().accrued().current == units(50));
}
