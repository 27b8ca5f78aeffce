// Amounts keep their last millionth on the way out.
#include "agent/doors/exporters/reading.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cstdio>
#include <limits>

using namespace noodstop;
using namespace noodstop::exporters;

namespace {

// The amount that a receiver of the double can tell, in millionths.
std::string printed(double value) {
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%.6f", value);
    return text.data();
}

std::string six_decimals(std::int64_t raw) {
    std::string text = decimal_text(FigureUnit::money, raw);
    const std::size_t point = text.find('.');
    if (point == std::string::npos)
        return text + ".000000";
    return text.append(7 - (text.size() - point), '0');
}

}  // namespace

TEST_CASE("amounts are written exactly, in the base unit and without needless zeros") {
    CHECK(decimal_text(FigureUnit::money, 51'200'000) == "51.2");
    CHECK(decimal_text(FigureUnit::money, 0) == "0");
    CHECK(decimal_text(FigureUnit::money, 1) == "0.000001");
    CHECK(decimal_text(FigureUnit::money, -1) == "-0.000001");
    CHECK(decimal_text(FigureUnit::money, 1'000'000) == "1");
    CHECK(decimal_text(FigureUnit::seconds, 90'500'000) == "90.5");
    CHECK(decimal_text(FigureUnit::pieces, 1'000'000) == "1000000");
    CHECK(decimal_text(FigureUnit::money, std::numeric_limits<std::int64_t>::max()) == "9223372036854.775807");
    CHECK(decimal_text(FigureUnit::money, std::numeric_limits<std::int64_t>::min()) == "-9223372036854.775808");
}

TEST_CASE("a double tells millionths apart below 2^33 units of money") {
    constexpr std::int64_t end = (std::int64_t{1} << 33) * 1'000'000;
    for (const std::int64_t raw : {std::int64_t{1}, std::int64_t{123'456'789'012'345}, end - 1, end - 2, end - 3}) {
        CHECK(printed(nearest_double(FigureUnit::money, raw)) == six_decimals(raw));
        CHECK(printed(nearest_double(FigureUnit::money, -raw)) == six_decimals(-raw));
    }
    bool is_told_wrong = false;
    for (std::int64_t raw = end; raw < end + 10; ++raw)
        is_told_wrong |= printed(nearest_double(FigureUnit::money, raw)) != six_decimals(raw);
    CHECK(is_told_wrong);
}

TEST_CASE("the double is the nearest one, and not rounded twice") {
    // Between two doubles, and above 2^53 before the division.
    const std::int64_t raw = 9'007'199'254'740'993'137;
    CHECK(nearest_double(FigureUnit::money, raw) == 9007199254740.993137);
    CHECK(nearest_double(FigureUnit::pieces, (std::int64_t{1} << 53) - 1) == 9007199254740991.0);
}

TEST_CASE("labels are sorted, valid UTF-8, and there only with a value") {
    const Reading reading =
        make_reading({Figure::zone_cost, {}, 5}, {{"zone", "d\xff"}, {"limit", ""}, {"tenant", "acme"}});
    const std::vector<Label> wanted{{"tenant", "acme"}, {"zone", "d\\xff"}};
    CHECK(reading.labels == wanted);
    CHECK(reading.raw == 5);
}
