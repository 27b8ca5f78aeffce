#include "platform/clock/clock.hpp"

#include "platform/clock/calendar.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <ctime>
#include <thread>

using namespace noodstop::platform;
using namespace std::chrono_literals;
using std::chrono::microseconds;

namespace {

// UTC seconds of a civil time, by the C library: another source than the code under test.
microseconds utc(int year, int month, int day, int hour = 0, int minute = 0) {
    std::tm time{};
    time.tm_year = year - 1900;
    time.tm_mon = month - 1;
    time.tm_mday = day;
    time.tm_hour = hour;
    time.tm_min = minute;
    return std::chrono::seconds(::timegm(&time));
}

bool contains(const std::vector<microseconds>& moments, microseconds moment) {
    return std::binary_search(moments.begin(), moments.end(), moment);
}

CalendarEdges edges(const std::string& zone, microseconds center) {
    auto result = calendar_edges(zone, center);
    REQUIRE_MESSAGE(result, result.error().message);
    return *result;
}

bool is_strictly_ascending(const std::vector<microseconds>& moments) {
    return std::adjacent_find(moments.begin(), moments.end(), std::greater_equal<>()) == moments.end();
}

}  // namespace

TEST_CASE("the clocks go forward together and the boot id stays") {
    const auto clock = Clock::open();
    REQUIRE(clock);
    const ClockTimes first = clock->read();
    std::this_thread::sleep_for(20ms);
    const ClockTimes second = clock->read();
    CHECK(second.since_boot - first.since_boot >= 20ms);
    CHECK(second.wall_since_epoch > first.wall_since_epoch);
    CHECK(std::chrono::abs(first.wall_since_epoch - std::chrono::system_clock::now().time_since_epoch()) < 10s);
    CHECK(clock->boot_id().size() == 36);
    CHECK(Clock::open()->boot_id() == clock->boot_id());
}

TEST_CASE("in UTC days begin at midnight and months on the first") {
    const CalendarEdges calendar = edges("UTC", utc(2026, 3, 15, 12));
    CHECK(calendar.days.size() == 801);
    CHECK(calendar.months.size() == 29);
    CHECK(calendar.days[400] == utc(2026, 3, 15));
    CHECK(calendar.days.front() == utc(2026, 3, 15) - 24h * 400);
    CHECK(calendar.days.back() == utc(2026, 3, 15) + 24h * 400);
    CHECK(calendar.months[14] == utc(2026, 3, 1));
    CHECK(calendar.months.front() == utc(2025, 1, 1));
    CHECK(calendar.months.back() == utc(2027, 5, 1));
}

TEST_CASE("the day of the local date is the middle one, not that of the UTC date") {
    CHECK(edges("Asia/Tokyo", utc(2026, 3, 15, 20)).days[400] == utc(2026, 3, 15, 15));
    CHECK(edges("America/New_York", utc(2026, 1, 1, 2)).months[14] == utc(2025, 12, 1, 5));
}

TEST_CASE("days around clock changes have 23 and 25 hours") {
    const CalendarEdges calendar = edges("Europe/Amsterdam", utc(2026, 6, 1));
    const auto length_of_day_from = [&](microseconds begin) {
        const auto day = std::lower_bound(calendar.days.begin(), calendar.days.end(), begin);
        REQUIRE(*day == begin);
        return *std::next(day) - *day;
    };
    CHECK(length_of_day_from(utc(2026, 3, 28, 23)) == 23h);
    CHECK(length_of_day_from(utc(2026, 10, 24, 22)) == 25h);
    CHECK(contains(calendar.months, utc(2026, 4, 30, 22)));
    CHECK(is_strictly_ascending(calendar.days));
}

TEST_CASE("a day without midnight begins at one o'clock") {
    // Beirut: clocks go from 00:00 to 01:00 on the last Sunday of March; standard time is UTC+2.
    const CalendarEdges calendar = edges("Asia/Beirut", utc(2025, 3, 30, 12));
    CHECK(calendar.days[400] == utc(2025, 3, 29, 22));
    CHECK(calendar.days[401] == utc(2025, 3, 30, 21));
    CHECK(is_strictly_ascending(calendar.days));
}

TEST_CASE("a day with two midnights begins at the first") {
    // Havana: at 01:00 on 2025-11-02 clocks go back to 00:00; summer time is UTC-4.
    const CalendarEdges calendar = edges("America/Havana", utc(2025, 11, 2, 12));
    CHECK(calendar.days[400] == utc(2025, 11, 2, 4));
    CHECK(calendar.days[401] == utc(2025, 11, 3, 5));
}

TEST_CASE("a date that a zone left out begins nowhere") {
    const CalendarEdges calendar = edges("Pacific/Apia", utc(2011, 12, 25));
    CHECK(calendar.days.size() == 800);
    CHECK(is_strictly_ascending(calendar.days));
    CHECK(contains(calendar.days, utc(2011, 12, 30, 10)));
}

TEST_CASE("unknown zones and absurd moments are refused") {
    for (const char* zone : {"", "Mars/Olympus", "../../etc/passwd", "/etc/passwd", "Europe/", "Europe", "UTC ",
                             "europe/amsterdam\n", "zone.tab", "tzdata.zi"}) {
        CHECK_MESSAGE(!is_known_time_zone(zone), zone);
        CHECK(!calendar_edges(zone, utc(2026, 1, 1)).ok());
    }
    for (const char* zone : {"UTC", "Europe/Amsterdam", "Etc/GMT+5", "America/Argentina/Buenos_Aires"})
        CHECK_MESSAGE(is_known_time_zone(zone), zone);
    CHECK(!calendar_edges("UTC", microseconds::max()).ok());
    CHECK(!calendar_edges("UTC", microseconds::min()).ok());
    CHECK(calendar_edges("Europe/Amsterdam", 0us).ok());
}
