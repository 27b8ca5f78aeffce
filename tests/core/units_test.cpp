// Money, rates, durations and their texts (DESIGN.md 4.1).
#include "agent/core/units.hpp"

#include <doctest/doctest.h>

using namespace noodstop::core;
using namespace std::chrono_literals;

TEST_CASE("money saturates at both ends and never wraps") {
    CHECK(money_max + Money{1} == money_max);
    CHECK((Money{} - money_max) - money_max == Money{std::numeric_limits<std::int64_t>::min()});
    CHECK(rate_max + HourlyRate{1} == rate_max);
    CHECK(cost_rounded_up(rate_max, 24h * 365) == money_max);
}

TEST_CASE("a cost is rounded up to the next millionth and exact where it is whole") {
    CHECK(cost_rounded_up({3'600'000'000}, 1s) == Money{1'000'000});
    CHECK(cost_rounded_up({1}, 1us) == Money{1});
    CHECK(cost_rounded_up({3'600'000'001}, 1s) == Money{1'000'001});
    CHECK(cost_rounded_up({}, 1h) == Money{});
}

TEST_CASE("the time to spend an amount is never told longer than it is") {
    CHECK(time_to_spend(units(60), {60'000'000}) == 1h);
    CHECK(time_to_spend(Money{1}, {3'600'000'001}) == 0s);
    CHECK(time_to_spend(units(1), {}) == Duration::max());
    CHECK(time_to_spend(Money{-5}, {}) == 0s);
}

TEST_CASE("division rounds up alike for narrow and for wide numbers") {
    const Wide wide = Wide{1} << 80;
    CHECK(static_cast<std::int64_t>(divide_rounded_up(7, 2)) == 4);
    CHECK(static_cast<std::int64_t>(divide_rounded_up(-7, 2)) == -3);
    CHECK(static_cast<std::int64_t>(divide_rounded_up(8, 2)) == 4);
    CHECK(static_cast<std::int64_t>(divide_rounded_up(wide + 1, wide)) == 2);
    CHECK(static_cast<std::int64_t>(divide_rounded_up(1, wide)) == 1);
}

TEST_CASE("wide arithmetic saturates with the right sign") {
    const Wide huge = saturating_multiply(Wide{1} << 100, Wide{1} << 100);
    CHECK(saturate(huge) == std::numeric_limits<std::int64_t>::max());
    CHECK(saturate(saturating_multiply(Wide{1} << 100, -(Wide{1} << 100))) == std::numeric_limits<std::int64_t>::min());
    CHECK(saturate(saturating_add(huge, huge)) == std::numeric_limits<std::int64_t>::max());
}

TEST_CASE("amounts are shown with two decimals and as many more as they need") {
    CHECK(to_text(Money{12'500'000}) == "12.50");
    CHECK(to_text(Money{123}) == "0.000123");
    CHECK(to_text(Money{-1'000'000}) == "-1.00");
    CHECK(to_text(Money{std::numeric_limits<std::int64_t>::min()}) == "-9223372036854.775808");
    CHECK(to_text(HourlyRate{48'000}) == "0.048/h");
}

TEST_CASE("durations are shown in their parts") {
    CHECK(to_text(Duration{0}) == "0s");
    CHECK(to_text(Duration{90min}) == "1h30m");
    CHECK(to_text(Duration{250ms}) == "250ms");
    CHECK(to_text(Duration{-25h}) == "-1d1h");
    CHECK(to_text(Duration::max()) == "never");
    CHECK(to_text(Duration::min()).starts_with("-106751991d"));
}

TEST_CASE("wall time is shown as a date, also before 1970 and on leap days") {
    CHECK(to_text(WallTime{}) == "1970-01-01T00:00:00Z");
    CHECK(to_text(WallTime{-1us}) == "1969-12-31T23:59:59Z");
    CHECK(to_text(WallTime{1'709'210'096s}) == "2024-02-29T12:34:56Z");
    CHECK(to_text(WallTime{4'107'542'400s}) == "2100-03-01T00:00:00Z");
    CHECK(to_text(WallTime{-719'469 * 24h}) == "0000-02-29T00:00:00Z");
}
