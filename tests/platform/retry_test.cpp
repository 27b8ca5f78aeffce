// When a failed request may be made again.
#include "platform/http/retry.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <limits>

using namespace noodstop::platform;
using namespace std::chrono_literals;

namespace {

constexpr Dice lowest{0};
constexpr Dice highest{std::numeric_limits<std::uint32_t>::max()};
// Sun, 06 Nov 1994 08:49:37 GMT
constexpr std::chrono::microseconds some_sunday = 784'111'777s;

}  // namespace

TEST_CASE("the delay doubles with each failure, and chance takes up to half of it away") {
    const Backoff backoff{1s, 60s};
    CHECK(backoff_delay(backoff, 1, lowest) == 500ms);
    CHECK(backoff_delay(backoff, 1, highest) <= 1s);
    CHECK(backoff_delay(backoff, 1, highest) > 999ms);
    CHECK(backoff_delay(backoff, 2, lowest) == 1s);
    CHECK(backoff_delay(backoff, 6, lowest) == 16s);
    CHECK(backoff_delay(backoff, 6, Dice{0x80000000}) == 24s);
}

TEST_CASE("the delay never exceeds its maximum, after however many failures") {
    const Backoff backoff{1s, 50s};
    CHECK(backoff_delay(backoff, 7, lowest) == 25s);
    CHECK(backoff_delay(backoff, 7, highest) <= 50s);
    CHECK(backoff_delay(backoff, std::numeric_limits<std::uint32_t>::max(), highest) <= 50s);
    CHECK(backoff_delay({10s, 1s}, 1, highest) <= 1s);
    CHECK(backoff_delay({1us, std::chrono::microseconds::max()}, 4'000'000'000, highest) > 0us);
}

TEST_CASE("Retry-After in seconds is that time from now") {
    CHECK(parse_retry_after("0", some_sunday) == 0s);
    CHECK(parse_retry_after("120", some_sunday) == 120s);
    CHECK(parse_retry_after(" 7\t", some_sunday) == 7s);
    CHECK(*parse_retry_after("99999999999999999999999", some_sunday) > 24h * 365 * 1000);
}

TEST_CASE("Retry-After as a date is understood in the three forms of HTTP") {
    const auto before = some_sunday - 90s;
    CHECK(parse_retry_after("Sun, 06 Nov 1994 08:49:37 GMT", before) == 90s);
    CHECK(parse_retry_after("Sunday, 06-Nov-94 08:49:37 GMT", before) == 90s);
    CHECK(parse_retry_after("Sun Nov  6 08:49:37 1994", before) == 90s);
    CHECK(parse_retry_after("Sun, 06 Nov 1994 08:49:37 GMT", some_sunday + 5s) == 0s);
    CHECK(parse_retry_after("Thu, 29 Feb 2024 00:00:00 GMT", 1'709'164'799s) == 1s);
}

TEST_CASE("a year of two digits lies at most fifty years ahead") {
    // 2026-01-01
    CHECK(parse_retry_after("Thursday, 01-Jan-26 00:00:09 GMT", 1'767'225'600s) == 9s);
    CHECK(parse_retry_after("Friday, 01-Jan-99 00:00:00 GMT", 1'767'225'600s) == 0s);
}

TEST_CASE("what is neither number nor date says nothing") {
    for (const char* value :
         {"", " ", "-1", "1.5", "soon", "12 s", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994",
          "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:49:37 GMT", "Sun, 06 Nov 19940 08:49:37 GMT",
          "Sun, 06 Non 1994 08:49:37 GMT", "Sun, 00 Nov 1994 08:49:37 GMT", "Sun Nov  6 08:49:37 GMT 1994 GMT"})
        CHECK_MESSAGE(!parse_retry_after(value, some_sunday), value);
}
