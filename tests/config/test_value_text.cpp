#include "agent/config/value_text.hpp"

#include <doctest/doctest.h>

namespace noodstop::config {
namespace {

std::int64_t number(const Quantity& quantity) {
    REQUIRE(std::holds_alternative<std::int64_t>(quantity));
    return std::get<std::int64_t>(quantity);
}

bool refused(const Quantity& quantity) {
    const auto* misread = std::get_if<Misread>(&quantity);
    return misread != nullptr && !misread->problem.empty() && !misread->cure.empty();
}

}  // namespace

TEST_CASE("durations are read in all their units, larger ones first") {
    CHECK(number(read_duration("250ms")) == 250'000);
    CHECK(number(read_duration("90s")) == 90'000'000);
    CHECK(number(read_duration("15m")) == 900'000'000);
    CHECK(number(read_duration("2h")) == 7'200'000'000);
    CHECK(number(read_duration("1h30m")) == 5'400'000'000);
    CHECK(number(read_duration("400d")) == 34'560'000'000'000);
    CHECK(number(read_duration("1s1us")) == 1'000'001);
    CHECK(number(read_duration("0s")) == 0);
}

TEST_CASE("what is no duration is refused with a cure") {
    for (const char* text : {"", "5", "s", "1.5h", "-1s", "1 s", "30m1h", "1h1h", "5 minutes", "1S", "99999999999d",
                             "99999999999999999999s", "106751991d106751991h"})
        CHECK_MESSAGE(refused(read_duration(text)), text);
}

TEST_CASE("money is read to the last of six decimals") {
    CHECK(number(read_money("22.50")) == 22'500'000);
    CHECK(number(read_money("0.000001")) == 1);
    CHECK(number(read_money("0")) == 0);
    CHECK(number(read_money("007")) == 7'000'000);
    CHECK(number(read_money("9223372036853.999999")) == 9'223'372'036'853'999'999);
    CHECK(number(money_of_whole(22)) == 22'000'000);
}

TEST_CASE("money that is not exact, negative, decorated or too large is refused") {
    for (const char* text : {"", ".5", "5.", "1.0000001", "-1", "+1", "1,50", "1 000", "EUR 5", "1e3", "0x10",
                             "9223372036855", "99999999999999999999", "1.2.3"})
        CHECK_MESSAGE(refused(read_money(text)), text);
    CHECK(refused(money_of_whole(-1)));
    CHECK(refused(money_of_whole(9'223'372'036'855)));
}

TEST_CASE("moments are UTC, a date is its first moment") {
    CHECK(number(read_moment("1970-01-02")) == 86'400'000'000);
    CHECK(number(read_moment("2026-11-21T18:00:00Z")) == 1'795'284'000'000'000);
    CHECK(number(read_moment("2026-11-21T19:00:00+01:00")) == 1'795'284'000'000'000);
    CHECK(number(read_moment("2026-11-21 18:00:00.250Z")) == 1'795'284'000'250'000);
    CHECK(number(read_moment("2028-02-29")) == 1'835'395'200'000'000);
}

TEST_CASE("dates that don't exist and times without a zone are refused") {
    for (const char* text :
         {"", "2026", "2026-13-01", "2027-02-29", "2026-11-21T24:00:00Z", "2026-11-21T18:00:00", "2026-11-21T18:00Z",
          "26-11-21", "2026-11-21Z", "2026-11-21T18:00:00+1", "18:00:00", "tomorrow"})
        CHECK_MESSAGE(refused(read_moment(text)), text);
}

}  // namespace noodstop::config
