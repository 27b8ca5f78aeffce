#include "agent/doors/fact_ring.hpp"

#include "tests/doors/samples.hpp"

#include <doctest/doctest.h>

using namespace noodstop;
using namespace noodstop::doors;

namespace {

std::vector<std::uint64_t> sequences_of(const codec::WatchedFacts& watched) {
    std::vector<std::uint64_t> sequences;
    for (const auto& fact : watched.facts)
        sequences.push_back(fact.sequence);
    return sequences;
}

}  // namespace

TEST_CASE("a watcher gets what came after its last fact, and only what it asked for") {
    FactRing ring(10);
    ring.add({sample_fact(1, "acme", "dev"), sample_fact(2, "acme", "test"), sample_fact(3, "other", "dev")});
    CHECK(sequences_of(ring.after({{}, {}, 1, 0})) == std::vector<std::uint64_t>{2, 3});
    CHECK(sequences_of(ring.after({{"acme"}, {}, 0, 0})) == std::vector<std::uint64_t>{1, 2});
    CHECK(sequences_of(ring.after({{"acme"}, {"dev"}, 0, 0})) == std::vector<std::uint64_t>{1});
    CHECK(ring.after({{}, {}, 3, 0}).facts.empty());
    CHECK(ring.after({{}, {}, 0, 0}).missed_count == 0);
}

TEST_CASE("what left the ring, and what never came, is told as missed") {
    FactRing ring(3);
    ring.add({sample_fact(1), sample_fact(2), sample_fact(3), sample_fact(4), sample_fact(9)});
    CHECK(ring.first_sequence() == 3);
    const auto watched = ring.after({{}, {}, 0, 0});
    CHECK(sequences_of(watched) == std::vector<std::uint64_t>{3, 4, 9});
    CHECK(watched.missed_count == 2 + 4);
    CHECK(ring.after({{}, {}, 4, 0}).missed_count == 4);
}

TEST_CASE("sequences that begin again belong to another state folder") {
    FactRing ring(3);
    ring.add({sample_fact(100), sample_fact(101)});
    ring.add({sample_fact(1)});
    CHECK(ring.first_sequence() == 1);
    CHECK(ring.last_sequence() == 1);
}
