// What a trip takes (DESIGN.md 2, "shedding").
#include "agent/core/shedding.hpp"

#include "tests/support/policy_builder.hpp"

#include <doctest/doctest.h>

using namespace noodstop::core;
using namespace noodstop::tests;

namespace {

Candidate candidate(const std::string& id, std::int64_t rate, ResourceClass class_ = ResourceClass::unknown) {
    Candidate made;
    made.resource = {id};
    made.class_ = class_;
    made.rate = per_hour(rate);
    return made;
}

std::string names(const std::vector<Candidate>& among, const Choice& choice) {
    std::string text;
    for (const std::size_t index : choice)
        text += among[index].resource.text;
    return text;
}

}  // namespace

TEST_CASE("spend takes the dearest unknown ones until the rate is at most shed_to") {
    const std::vector<Candidate> among{candidate("a", 1), candidate("b", 9), candidate("c", 5)};
    CHECK(names(among, shed_dearest(among, per_hour(15), per_hour(15))) == "");
    CHECK(names(among, shed_dearest(among, per_hour(15), per_hour(14))) == "b");
    CHECK(names(among, shed_dearest(among, per_hour(15), per_hour(5))) == "bc");
}

TEST_CASE("baseline is taken after every unknown one, and only where it may be") {
    std::vector<Candidate> among{candidate("a", 90, ResourceClass::baseline), candidate("b", 1)};
    CHECK(names(among, shed_dearest(among, per_hour(91), per_hour(80))) == "ba");
    among[0].may_be_taken = false;
    CHECK(names(among, shed_dearest(among, per_hour(91), per_hour(80))) == "b");
    CHECK(names(among, shed_all(among)) == "b");
}

TEST_CASE("shedding to nothing takes what idles now as well, but no baseline without need") {
    const std::vector<Candidate> among{candidate("a", 0), candidate("b", 7),
                                       candidate("c", 0, ResourceClass::baseline)};
    CHECK(names(among, shed_dearest(among, per_hour(7), {})) == "ba");
}

TEST_CASE("equally dear ones are taken in the order of their names") {
    const std::vector<Candidate> among{candidate("c", 5), candidate("a", 5), candidate("b", 5)};
    CHECK(names(among, shed_dearest(among, per_hour(15), per_hour(1))) == "abc");
}

TEST_CASE("count takes the newest until below, and passes by what weighs nothing") {
    std::vector<Candidate> among{candidate("a", 1), candidate("b", 1), candidate("c", 1), candidate("d", 1)};
    for (std::size_t index = 0; index < among.size(); ++index)
        among[index].first_seen = Instant{static_cast<std::int64_t>(index) * 1s};
    CHECK(names(among, shed_newest(among, 4, 5)) == "");
    CHECK(names(among, shed_newest(among, 4, 4)) == "d");
    CHECK(names(among, shed_newest(among, 4, 2)) == "dcb");
    among[3].weight = 0;
    among[2].weight = 4;
    CHECK(names(among, shed_newest(among, 6, 4)) == "c");
}

TEST_CASE("allow takes the offenders and nobody else") {
    std::vector<Candidate> among{candidate("a", 1), candidate("b", 2), candidate("c", 3)};
    among[0].offends = among[1].offends = true;
    CHECK(names(among, shed_offenders(among)) == "ba");
}
