#include "agent/journal/line.hpp"

#include <doctest/doctest.h>

using namespace noodstop;
using namespace noodstop::journal;
using core::Lane;
using core::Position;

namespace {

// Facts 1-10 and samples 1-4, then facts 11-20 and no sample, then the rest.
Line three_epochs() {
    Line line;
    line.begin({100, 1, 1, true});
    line.begin({200, 11, 5, true});
    line.begin({300, 21, 5, true});
    return line;
}

}  // namespace

TEST_CASE("each number of a lane belongs to the epoch that had begun") {
    const Line line = three_epochs();
    CHECK(line.position(Lane::facts, 1) == Position{100, 1});
    CHECK(line.position(Lane::facts, 10) == Position{100, 10});
    CHECK(line.position(Lane::facts, 11) == Position{200, 11});
    CHECK(line.position(Lane::facts, 1'000) == Position{300, 1'000});
    CHECK(line.position(Lane::samples, 4) == Position{100, 4});
    CHECK(line.position(Lane::samples, 5) == Position{300, 5});
    CHECK_FALSE(line.position(Lane::facts, 0));
    CHECK(line.end_of_epoch(Lane::facts, 3) == 10);
    CHECK(line.end_of_epoch(Lane::samples, 3) == 4);
    CHECK(line.end_of_epoch(Lane::facts, 30) > 1'000'000);
}

TEST_CASE("a position beyond the end of its epoch is of another line, and so is an epoch that nobody knows") {
    const Line line = three_epochs();
    CHECK(line.holds(Lane::facts, {100, 10}));
    CHECK_FALSE(line.holds(Lane::facts, {100, 11}));
    CHECK(line.holds(Lane::facts, {300, 21}));
    CHECK_FALSE(line.holds(Lane::facts, {300, 20}));
    CHECK_FALSE(line.holds(Lane::samples, {200, 5}));
    CHECK_FALSE(line.holds(Lane::facts, {400, 5}));
}

TEST_CASE("after a break, earlier samples are of another line; earlier facts are not") {
    Line line = three_epochs();
    line.begin({400, 31, 9, false});
    CHECK_FALSE(line.holds(Lane::samples, {300, 6}));
    CHECK(line.holds(Lane::samples, {400, 9}));
    CHECK(line.holds(Lane::facts, {300, 25}));
}

TEST_CASE("an epoch under which nothing was recorded makes room for the next, and a break stays one") {
    Line line = three_epochs();
    line.begin({400, 31, 9, false});
    line.begin({500, 31, 9, true});
    CHECK(line.epochs().size() == 4);
    CHECK(line.present() == EpochBegin{500, 31, 9, false});
    CHECK_FALSE(line.holds(Lane::facts, {400, 31}));
}

TEST_CASE("of epochs_max epochs is known where they begin, of older ones no more") {
    Line line;
    for (std::uint64_t number = 0; number <= epochs_max; ++number)
        line.begin({number + 1, 10 * number + 1, number + 1, true});
    CHECK(line.epochs().size() == epochs_max);
    CHECK_FALSE(line.position(Lane::facts, 5));
    CHECK(line.first_known(Lane::facts) == 11);
    CHECK(line.position(Lane::facts, 11) == Position{2, 11});
}
