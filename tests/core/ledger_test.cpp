// Money in windows (DESIGN.md 4.1, 4.5, 4.7, 4.9).
#include "agent/core/ledger.hpp"

#include <doctest/doctest.h>

#include <random>

using namespace noodstop::core;
using namespace std::chrono_literals;

namespace {

constexpr WallTime midnight{std::chrono::hours(24 * 20'000)};

Charge both(std::int64_t micros) {
    return {{micros}, {micros}};
}

Window rolling(Duration length) {
    return {WindowKind::rolling, length};
}

// A rolling window of two hours as an archive has it, with buckets anywhere.
struct WrittenWindow {
    WindowKind kind = WindowKind::rolling;
    Duration length = 2h;
    Charge sum;
    std::vector<std::pair<std::int64_t, Charge>> buckets;
    Instant began;
    std::optional<WallTime> began_wall;
    std::vector<std::pair<WallTime, Money>> closed;
    Money floor;
    Instant floor_until;

    template <class Archive>
    friend void describe(Archive& archive, WrittenWindow& window) {
        archive(window.kind, window.length, window.sum, window.buckets, window.began, window.began_wall, window.closed,
                window.floor, window.floor_until);
    }
};

bool is_sound_with_buckets_at(const std::vector<std::int64_t>& indexes) {
    WrittenWindow written;
    for (const std::int64_t index : indexes)
        written.buckets.push_back({index, both(1)});
    Window window;
    REQUIRE(from_bytes(to_bytes(written), window));
    return window.is_sound();
}

std::int64_t accrued(const Window& window) {
    return window.accrued().current.micros;
}

}  // namespace

TEST_CASE("a bucket leaves a rolling window only when it is wholly outside") {
    Window window = rolling(2h);  // buckets of a minute
    window.charge(Instant{30s}, Instant{30s}, both(100));
    window.expire(Instant{2h + 30s});
    CHECK(accrued(window) == 100);
    window.expire(Instant{2h + 1min - 1us});
    CHECK(accrued(window) == 100);
    window.expire(Instant{2h + 1min});
    CHECK(accrued(window) == 0);
}

TEST_CASE("the sum of a rolling window is exact however a charge is spread") {
    Window window = rolling(2h);
    std::mt19937_64 random(1);
    std::int64_t sum = 0;
    Instant now{};
    for (int count = 0; count < 2000; ++count) {
        const Instant from = now - std::min<Duration>(now.since_origin, Duration(random() % 1'000'000'000));
        now = now + Duration(random() % 1'000'000);
        const auto amount = static_cast<std::int64_t>(random() % 1'000'003);
        window.charge(from, now, both(amount));
        sum += amount;
    }
    REQUIRE(now < Instant{2h});
    CHECK(accrued(window) == sum);
    window.expire(now + 5h);
    CHECK(accrued(window) == 0);
}

TEST_CASE("of a long span a rolling window counts only what lies inside it") {
    Window window = rolling(2h);
    window.charge(Instant{}, Instant{10h}, both(10'000));
    CHECK(accrued(window) == 2'000);
    window.expire(Instant{11h});
    CHECK(accrued(window) >= 1'000);
    CHECK(accrued(window) <= 1'020);  // one bucket more at most
}

TEST_CASE("a late charge falls into the buckets of its time") {
    Window window = rolling(2h);
    window.charge(Instant{110min}, Instant{110min}, both(5));
    window.charge(Instant{10min}, Instant{10min}, both(7));
    CHECK(accrued(window) == 12);
    window.expire(Instant{2h + 11min});
    CHECK(accrued(window) == 5);
}

TEST_CASE("a changed length keeps what is inside the new window and lets nothing leave early") {
    for (const Duration length : {Duration{30min}, Duration{1h}, Duration{4h}, Duration{24h}}) {
        CAPTURE(length.count());
        Window window = rolling(2h);
        window.charge(Instant{90min}, Instant{90min}, both(40));
        window.expire(Instant{100min});
        window.resize(length);
        CHECK(accrued(window) == 40);
        window.expire(Instant{90min} + length - 1us);
        CHECK(accrued(window) == 40);
        window.expire(Instant{90min} + length + length / rolling_buckets + 1min);
        CHECK(accrued(window) == 0);
    }
}

TEST_CASE("a charge over the turn of a calendar window is split by time, and no millionth is lost") {
    Window window(WindowKind::day, 0s);
    window.adopt(Instant{}, midnight);
    window.charge(Instant{}, Instant{1h}, both(500));
    window.open(Instant{24h}, midnight + 24h);
    window.charge(Instant{23h}, Instant{26h}, both(100));
    CHECK(accrued(window) == 67);
    REQUIRE(window.closed().size() == 1);
    CHECK(window.closed().back().accrued == Money{533});
}

TEST_CASE("what belongs before the turn reaches the closed window although it comes late") {
    Window window(WindowKind::day, 0s);
    window.adopt(Instant{}, midnight);
    window.open(Instant{24h}, midnight + 24h);
    window.charge(Instant{22h}, Instant{23h}, both(9));
    CHECK(accrued(window) == 0);
    CHECK(window.closed().back().accrued == Money{9});
}

TEST_CASE("the first calendar window keeps what was charged before the calendar was known") {
    Window window(WindowKind::month, 0s);
    window.charge(Instant{}, Instant{1h}, both(11));
    window.adopt(Instant{-5h}, midnight);
    CHECK(accrued(window) == 11);
    CHECK(window.closed().empty());
}

TEST_CASE("a window whose date proved wrong loses nothing") {
    Window window(WindowKind::day, 0s);
    window.adopt(Instant{}, WallTime{});
    window.charge(Instant{}, Instant{1h}, both(11));
    window.forget_date();
    CHECK_FALSE(window.began_wall());
    window.adopt(Instant{30min}, midnight);
    CHECK(accrued(window) == 11);
}

TEST_CASE("the oldest closed windows are forgotten beyond a maximum") {
    Window window(WindowKind::day, 0s);
    for (int day = 0; day < 100; ++day)
        window.open(Instant{day * 24h}, midnight + day * 24h);
    CHECK(window.closed().size() == closed_windows_max);
    CHECK(window.closed().back().began == midnight + 98 * 24h);
}

TEST_CASE("the floor holds until more is charged and never adds to it") {
    Window window(WindowKind::day, 0s);
    window.charge(Instant{}, Instant{}, both(100));
    for (int crash = 0; crash < 50; ++crash)
        window.set_floor(Money{110}, Instant{});
    CHECK(accrued(window) == 110);
    window.charge(Instant{}, Instant{}, both(5));
    CHECK(accrued(window) == 110);
    window.charge(Instant{}, Instant{}, both(20));
    CHECK(accrued(window) == 125);
}

TEST_CASE("the floor leaves with its window") {
    Window calendar(WindowKind::day, 0s);
    calendar.adopt(Instant{}, midnight);
    calendar.set_floor(Money{110}, Instant{});
    calendar.open(Instant{24h}, midnight + 24h);
    CHECK(accrued(calendar) == 0);
    Window window = rolling(2h);
    window.set_floor(Money{110}, Instant{1h});
    window.expire(Instant{3h - 1us});
    CHECK(accrued(window) == 110);
    window.expire(Instant{3h});
    CHECK(accrued(window) == 0);
}

TEST_CASE("a rolling floor stands for what was charged, and leaves as that does") {
    Window window = rolling(2h);
    window.charge(Instant{}, Instant{}, both(60));
    window.charge(Instant{1h}, Instant{1h}, both(40));
    window.set_floor(Money{110}, Instant{90min});
    window.expire(Instant{2h});
    CHECK(accrued(window) == 110);
    window.expire(Instant{2h + 1min});
    CHECK(accrued(window) == 50);
    window.charge(Instant{2h + 1min}, Instant{2h + 1min}, both(5));
    CHECK(accrued(window) == 50);
    window.expire(Instant{3h + 1min});
    CHECK(accrued(window) == 10);
}

TEST_CASE("what was charged before a downtime leaves a rolling window by so much earlier, what came since does not") {
    Window window = rolling(2h);  // buckets of a minute
    window.charge(Instant{30s}, Instant{30s}, both(100));
    window.charge(Instant{5min + 30s}, Instant{5min + 30s}, both(10));
    window.move_back(Instant{2min}, 30min);
    window.expire(Instant{1h + 30min});
    CHECK(accrued(window) == 110);
    window.expire(Instant{1h + 31min});
    CHECK(accrued(window) == 10);
    window.expire(Instant{2h + 5min});
    CHECK(accrued(window) == 10);
    window.expire(Instant{2h + 6min});
    CHECK(accrued(window) == 0);
}

TEST_CASE("a window that began after a downtime keeps its beginning when the downtime becomes known") {
    Window window(WindowKind::day, 0s);
    window.open(Instant{10min}, WallTime{24h});
    window.move_back(Instant{5min}, 30min);
    window.charge(Instant{5min}, Instant{15min}, both(100));
    CHECK(accrued(window) == 50);
}

TEST_CASE("a bill reconciles a closed window to the larger of both and never touches the open one") {
    Window window(WindowKind::day, 0s);
    window.adopt(Instant{}, midnight);
    window.charge(Instant{}, Instant{1h}, both(500));
    window.open(Instant{24h}, midnight + 24h);
    window.charge(Instant{24h}, Instant{25h}, both(70));
    CHECK(window.reconcile(midnight, Money{400}) == Money{0});
    CHECK(window.closed().back().accrued == Money{500});
    CHECK(window.reconcile(midnight, Money{620}) == Money{120});
    CHECK(window.reconcile(midnight, Money{620}) == Money{0});
    CHECK_FALSE(window.reconcile(midnight + 24h, Money{1}));
    CHECK(accrued(window) == 70);
}

TEST_CASE("acknowledging prices makes both amounts one, also for what leaves later") {
    Window window = rolling(2h);
    window.charge(Instant{}, Instant{}, {{1000}, {10}});
    CHECK(window.accrued().acknowledged == Money{10});
    window.acknowledge_prices();
    CHECK(window.accrued().acknowledged == Money{1000});
    window.expire(Instant{5h});
    CHECK(window.accrued().acknowledged == Money{});
}

TEST_CASE("a window goes on after a restart from its bytes") {
    Window window = rolling(2h);
    window.charge(Instant{}, Instant{90min}, both(1'000'003));
    window.set_floor(Money{2'000'000}, Instant{1h});
    Window restored;
    REQUIRE(from_bytes(to_bytes(window), restored));
    CHECK(to_bytes(restored) == to_bytes(window));
    restored.expire(Instant{3h});
    window.expire(Instant{3h});
    CHECK(accrued(restored) == accrued(window));
}

TEST_CASE("a window from bytes whose buckets can't be is told from one that can go on") {
    constexpr std::int64_t minute = 60'000'000;
    CHECK(is_sound_with_buckets_at({}));
    CHECK(is_sound_with_buckets_at({-1, 0, 7}));
    CHECK(is_sound_with_buckets_at({time_end / minute - 1}));
    CHECK_FALSE(is_sound_with_buckets_at({time_end / minute}));
    CHECK_FALSE(is_sound_with_buckets_at({-time_end / minute}));
    CHECK_FALSE(is_sound_with_buckets_at({INT64_MAX}));
    CHECK_FALSE(is_sound_with_buckets_at({INT64_MIN}));
    CHECK_FALSE(is_sound_with_buckets_at({7, 0}));
    CHECK_FALSE(is_sound_with_buckets_at({7, 7}));
    WrittenWindow backwards;
    backwards.length = -1h;
    Window window;
    REQUIRE(from_bytes(to_bytes(backwards), window));
    CHECK_FALSE(window.is_sound());
}

TEST_CASE("a window of no length, or of less, as damaged bytes may say, takes charges") {
    for (const Duration length : {Duration{0}, Duration{-1h}}) {
        Window window(WindowKind::rolling, length);
        window.charge(Instant{5s}, Instant{5s}, {units(1), units(1)});
        window.charge(Instant{4s}, Instant{5s}, {units(2), units(2)});
        window.expire(Instant{9s});
        CHECK(window.is_sound());
    }
}
