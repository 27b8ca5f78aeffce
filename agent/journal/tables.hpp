// Rows <-> facts and pieces of state: the statements on the tables of schema.hpp.
#pragma once

#include "agent/core/record.hpp"
#include "agent/journal/schema.hpp"
#include "agent/journal/store.hpp"

#include <map>

namespace noodstop::journal {

using FactsBySequence = std::map<std::uint64_t, core::RecordedFact>;

// Reads the newest query.most facts into `facts`; what is there already stays. Returns how many rows were damaged and
// left out.
platform::Result<std::uint64_t> read_facts(Database& database, const FactQuery& query, FactsBySequence& facts);

struct StateRead {
    core::StatePieces pieces;
    std::vector<std::string> damaged;         // keys whose checksum does not match; not in pieces
    platform::Status end = platform::Done{};  // an error if reading broke off: pieces are those read before
};
StateRead read_state(Database& database);

struct SequenceRange {
    std::uint64_t base = 0;  // the file's facts are those after it
    std::uint64_t last = 0;  // of the newest fact; the base if there is none
};
platform::Result<SequenceRange> read_sequences(Database& database);

// Writes, inside a transaction of the caller, with statements that are kept.
class RowWriter {
public:
    static platform::Result<RowWriter> prepare(Database& database);
    platform::Status write_facts(const std::vector<core::RecordedFact>& facts);
    platform::Status write_state(const core::StatePieces& state);

private:
    Statement insert_fact_;
    Statement replace_piece_;
    Statement remove_piece_;
};

// The first facts after a number, oldest first, likewise. `all`: there are no more.
struct OldestFacts {
    std::vector<std::uint64_t> damaged;  // left out
    bool all = false;
};
platform::Result<OldestFacts> read_oldest_facts(Database& database, std::uint64_t after, std::size_t most,
                                                FactsBySequence& facts);

struct FactsToDelete {
    core::WallTime before;     // until the first one that is not older, ...
    std::uint64_t passed = 0;  // ... or has a higher number,
    std::uint64_t most = 0;    // and no more than this
};
// Deletes from the oldest on, never the newest; returns how many.
platform::Result<std::uint64_t> delete_oldest(Database& database, const FactsToDelete& which);

}  // namespace noodstop::journal
