// The tables of the journal's database and their versions.
//
//   fact        one row a fact; the sequence is the key, so rows lie in the order in which they happened
//   state       the engine's pieces, each with a checksum
//   generation  one row: the schema's version once more, and the sequence after which this file's facts begin; those
//               up to it are in files set aside
#pragma once

#include "platform/sqlite/database.hpp"

namespace noodstop::journal {

using platform::Database;
using platform::Statement;

inline constexpr std::int64_t schema_version = 1;
inline constexpr std::int64_t application_id = 0x4E6F6F64;  // "Nood"

// Brings an empty or older database to schema_version in one transaction, in WAL mode. A newer one is refused with
// ENOTSUP; one that is not ours, or whose two version marks disagree, with EUCLEAN. Refusing changes nothing.
platform::Status bring_up_to_date(Database& database);

// Creates a database that holds `base` and nothing else, and makes it ours.
platform::Status create_tables(Database& database, std::uint64_t base);

}  // namespace noodstop::journal
