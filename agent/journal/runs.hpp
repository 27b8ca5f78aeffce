// What follows a cursor, as runs: the next facts with the gaps between them, the next samples with every total that
// must come before them (spool.hpp, 4). Read from the tables; nothing is decided here.
#pragma once

#include "agent/journal/spool_rows.hpp"

#include <cstdint>
#include <functional>
#include <vector>

namespace noodstop::journal {

struct BatchLimits {
    std::size_t facts_max = 1'000;
    std::size_t counters_max = 5'000;
    std::size_t bytes_max = 512 << 10;  // as far as one entry alone does not exceed it
};

// Facts after a number, oldest first.
struct FactsFound {
    std::vector<core::RecordedFact> facts;
    std::vector<std::uint64_t> damaged;  // numbers of rows that could not be read
    bool all = false;                    // there are no more
};
using FactSource = std::function<platform::Result<FactsFound>(std::uint64_t after, std::size_t most)>;

struct FactsWanted {
    std::uint64_t after = 0;   // 0: from the oldest that there is
    std::uint64_t newest = 0;  // durable
    BatchLimits limits;
};
// Nothing if the line knows no epoch for what follows; the caller skips to Line::first_known().
platform::Result<core::FactRun> read_fact_run(const Line& line, const FactSource& source, const FactsWanted& wanted);

struct SamplesWanted {
    std::uint64_t after = 0;
    BatchLimits limits;  // what facts have left of them
};
struct SamplesFound {
    core::SampleRun run;
    std::uint64_t damaged = 0;
};
platform::Result<SamplesFound> read_sample_run(Database& database, const Line& line, const SamplesWanted& wanted);

// Roughly what it takes on the wire.
std::size_t size_of(const core::Fact& fact);
std::size_t size_of(const core::Counter& counter);

}  // namespace noodstop::journal
