#include "tests/uplink/life.hpp"

#include <doctest/doctest.h>

using namespace noodstop::sim;

TEST_CASE("two hundred lives of an agent and its hub end with every fact once and every total right") {
    std::uint64_t facts = 0;
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        const LifeOutcome outcome = live_uplink(seed, {});
        CAPTURE(seed);
        CHECK(outcome.failure == "");
        facts += outcome.facts;
    }
    CHECK(facts > 100'000);
}

TEST_CASE("a seed makes the same life each time") {
    for (std::uint64_t seed = 1; seed <= 5; ++seed)
        CHECK(live_uplink(seed, {}).digest == live_uplink(seed, {}).digest);
}
