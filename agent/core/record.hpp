// What the store keeps: facts, opaque pieces of engine state, latches, and samples of counters. Bytes are made and read
// by the core (archive.hpp); the store adds durability, order and checksums, and never looks inside.
#pragma once

#include "agent/core/counter.hpp"
#include "agent/core/fact.hpp"

#include <map>
#include <string>
#include <vector>

namespace noodstop::core {

// Pieces of state by key ("engine", "zone/dev", "provider/lab", "limit/daily"). A batch replaces whole pieces; an empty
// value removes one.
using StatePieces = std::map<std::string, std::string>;

// The latch of one zone, small enough for a file of its own outside the database (DESIGN.md 3).
struct Latch {
    ZoneName zone;
    std::uint64_t version = 0;  // grows with every change; a higher one wins
    bool tripped = false;       // tripped or latched; false after a reset
    bool latched = false;       // the safe state was observed
    WallTime since;
    std::string reason;                                          // one line
    std::vector<std::pair<ProviderName, ResourceId>> survivors;  // what the trip decided to leave running
    bool operator==(const Latch&) const = default;
};

// What must be durable together: a decision, its record and its consequences.
struct RecordBatch {
    std::uint64_t number = 0;  // given by the cycle, ascending
    std::vector<RecordedFact> facts;
    StatePieces state;
    std::vector<Latch> latches;
    std::vector<Counter> counters;  // as of now, of the state that the batch carries whole: a crash lowers none of them
    bool urgent = false;            // a stop waits for it: sync alone and at once
    bool empty() const { return facts.empty() && state.empty() && latches.empty(); }
};

// What a start finds. `latches` come from their own files and hold even if everything else is lost.
struct Recovered {
    StatePieces state;
    std::uint64_t last_sequence = 0;  // of the last durable fact, 0 if none
    std::vector<Latch> latches;
    std::vector<std::string> problems;  // sentences: what was lost, set aside or repaired
};

}  // namespace noodstop::core
