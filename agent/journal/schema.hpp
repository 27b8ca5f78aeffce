// The tables of the journal's database and their versions.
//
//   fact        one row a fact; the sequence is the key, so rows lie in the order in which they happened
//   state       the engine's pieces, each with a checksum
//   generation  one row: the schema's version once more, and the sequence after which this file's facts begin; those
//               up to it are in files set aside
//
// Since version 2, made when somebody first follows the spool; a database that nobody follows stays as it is:
//   epoch       one row an epoch of the line (line.hpp)
//   cursor      one row a consumer: how far it has acknowledged, in each lane
//   series      one row a counter, with its latest value and the number of the sample in which it last changed
//   sample      one row a sample: the values that the series had then
//   spool       one row: the number of the last sample, whether the series are all that there were
#pragma once

#include "platform/sqlite/database.hpp"

namespace noodstop::journal {

using platform::Database;
using platform::Statement;

inline constexpr std::int64_t first_schema = 1;
inline constexpr std::int64_t spool_schema = 2;
inline constexpr std::int64_t schema_version = 2;           // the highest that is known
inline constexpr std::int64_t application_id = 0x4E6F6F64;  // "Nood"

// Brings an empty database to first_schema in one transaction, and leaves a later one that is known as it is. A newer
// one is refused with ENOTSUP; one that is not ours, or whose two version marks disagree, with EUCLEAN. Refusing
// changes nothing.
platform::Status bring_up_to_date(Database& database);

// Creates a database that holds `base` and nothing else, and makes it ours.
platform::Status create_tables(Database& database, std::uint64_t base);

platform::Result<bool> has_spool_tables(Database& database);
// Inside a transaction of the caller.
platform::Status add_spool_tables(Database& database);

}  // namespace noodstop::journal
