// Rows <-> facts and pieces of state: the statements on the tables of schema.hpp.
#pragma once

#include "agent/core/record.hpp"
#include "agent/journal/database.hpp"
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

// Of the newest fact, or where the file's facts begin if it has none.
platform::Result<std::uint64_t> read_last_sequence(Database& database);
platform::Result<std::uint64_t> read_base(Database& database);

// Writing; inside a transaction of the caller.
platform::Status write_facts(Database& database, const std::vector<core::RecordedFact>& facts);
platform::Status write_state(Database& database, const core::StatePieces& state);

// Deletes from the oldest on up to `facts_max` facts, until the first one that is not older than `before`, never the
// newest; returns how many.
platform::Result<std::uint64_t> delete_oldest(Database& database, core::WallTime before, std::uint64_t facts_max);

}  // namespace noodstop::journal
