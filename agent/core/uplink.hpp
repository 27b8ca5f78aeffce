// What streams out of an agent, as plain data: facts and cumulative counters, and the positions that say how far
// somebody has them. Shared by the spool, the uplink session, the wire and the hub.
//
//   line      an agent's history, as one process after the other has recorded it. A backup that is restored begins
//             another line from the same past
//   epoch     a random number for the part of a line that one process recorded. Nobody can know whether the folder
//             that a process finds was restored meanwhile, so each process begins an epoch of its own, and (epoch,
//             sequence) names one entry for ever
//   lane      facts and samples travel apart, each with numbers of its own, so that a trip never waits for counters
//   position  an entry of a lane: everything of the line up to it
//   run       some entries of one lane and one epoch in a row, with the position that they follow
#pragma once

#include "agent/core/counter.hpp"
#include "agent/core/fact.hpp"

#include <optional>

namespace noodstop::core {

enum class Lane : std::uint8_t { facts, samples };

struct Position {
    std::uint64_t epoch = 0;
    std::uint64_t sequence = 0;
    auto operator<=>(const Position&) const = default;
};

// Counters at one moment. Those that a sample does not name stand as they stood.
struct Sample {
    std::uint64_t sequence = 0;
    WallTime at;
    std::vector<Counter> counters;
    bool operator==(const Sample&) const = default;
};

enum class GapReason : std::uint8_t {
    damaged,  // they are there and can't be read
    missing,  // lost with a database, or given up for want of room; some of the numbers may never have been given
};

// Numbers of facts behind which there is nothing any more.
struct Gap {
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    GapReason reason = GapReason::damaged;
    bool operator==(const Gap&) const = default;
};

struct RunBounds {
    std::optional<Position> after;  // none: the line begins here, or nothing is known before
    std::uint64_t epoch = 0;
    std::uint64_t last = 0;  // everything until here is in the run, or in its gaps; 0: nothing is
    bool empty() const { return last == 0; }
    Position end() const { return {epoch, last}; }
    const RunBounds& bounds() const { return *this; }  // of a run, without its entries
};

// Facts and gaps, both ascending; together they cover the numbers from `after`, or from the first of them, to `last`.
struct FactRun : RunBounds {
    std::vector<RecordedFact> facts;
    std::vector<Gap> gaps;
};

// A run of samples may leave numbers out: thinned history. It never leaves out a total: whatever counter changed last
// between `after` and `last` is in it as it stands. A run after nothing begins to tell all counters there are, and what
// counters somebody had of this agent before are of another line.
struct SampleRun : RunBounds {
    std::uint64_t line = 0;  // of a run after nothing: names this telling, so that a copy of it is known as one
    std::vector<Sample> samples;
};

struct SpoolBatch {
    std::uint64_t number = 0;  // given by the spool, ascending; never 0
    FactRun facts;
    SampleRun samples;
    // How far the agent has recorded its line durably: what it then no longer knows of was lost.
    std::optional<Position> newest_fact;
    std::optional<Position> newest_sample;
    bool empty() const { return facts.empty() && samples.empty(); }
};

struct LaneAnswer {
    bool taken = false;            // the run is durable at the hub; of an empty run: what it follows is
    std::optional<Position> head;  // the newest entry that the hub has of this agent
    bool operator==(const LaneAnswer&) const = default;
};

struct HubAnswer {
    LaneAnswer facts;
    LaneAnswer samples;
    bool operator==(const HubAnswer&) const = default;
};

// What the spool keeps at present.
struct SpoolState {
    std::uint64_t facts_waiting = 0;    // that the hub has not acknowledged
    std::uint64_t samples_waiting = 0;  // likewise, those thinned meanwhile counted
    std::uint64_t bytes = 0;            // of samples and totals
    std::uint64_t thinned = 0;          // samples left out since the process began
    std::uint64_t damaged = 0;          // entries that could not be read, likewise
};

// Asks for the next batch of the spool for one of those who follow it; zeros: for an empty one, that says only where
// it stands.
struct BatchQuery {
    std::string consumer;
    std::uint32_t facts_max = 0;
    std::uint32_t counters_max = 0;
    std::uint32_t bytes_max = 0;
};

struct BatchFound {
    SpoolBatch batch;  // its number is 0 if there is none
    SpoolState spool;
    std::string problem;  // why there is none
};

// What came of a batch.
struct BatchAnswer {
    std::string consumer;
    std::uint64_t batch = 0;
    std::optional<HubAnswer> hub;  // none: another consumer has taken it
};

struct BatchTaken {
    bool taken = false;   // false: that batch was not out
    std::string problem;  // why nothing could be taken
};

const char* to_text(GapReason reason);

}  // namespace noodstop::core
