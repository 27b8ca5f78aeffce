#include "agent/journal/schema.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <iterator>

namespace noodstop::journal {
namespace {

using platform::Error;
using platform::Result;
using platform::Status;

// migrations[v] leads from version v to v + 1; a new database takes them all. Empty names are left out of the indexes.
constexpr const char* migrations[] = {
    R"(CREATE TABLE fact(
           sequence INTEGER PRIMARY KEY,
           kind TEXT NOT NULL,
           at INTEGER NOT NULL,
           wall INTEGER NOT NULL,
           tenant TEXT NOT NULL,
           zone TEXT NOT NULL,
           provider TEXT NOT NULL,
           resource TEXT NOT NULL,
           limit_name TEXT NOT NULL,
           fields BLOB NOT NULL,
           checksum INTEGER NOT NULL) STRICT;
       CREATE INDEX fact_by_tenant ON fact(tenant) WHERE tenant <> '';
       CREATE INDEX fact_by_zone ON fact(zone) WHERE zone <> '';
       CREATE TABLE state(key TEXT PRIMARY KEY, body BLOB NOT NULL, checksum INTEGER NOT NULL) STRICT;
       CREATE TABLE generation(schema INTEGER NOT NULL, base INTEGER NOT NULL) STRICT;
       INSERT INTO generation VALUES(1, 0);)",
};
static_assert(std::size(migrations) == schema_version);

Status migrate(Database& database, std::int64_t from) {
    std::string sql = "BEGIN IMMEDIATE;";
    for (std::int64_t version = from; version < schema_version; ++version)
        sql += migrations[version];
    sql += fmt::format("UPDATE generation SET schema = {}; PRAGMA user_version = {}; COMMIT;", schema_version,
                       schema_version);
    return database.execute(sql);
}

// One flipped bit in the header must not look like a newer version: only both marks together do.
Error refuse_version(Database& database, std::int64_t version) {
    const Result<std::int64_t> second_mark = database.number("SELECT schema FROM generation");
    if (second_mark && second_mark.value() == version)
        return {ENOTSUP, fmt::format("cannot use {}: it has version {}, made by a newer noodstopd; this one knows "
                                     "versions up to {}",
                                     database.path(), version, schema_version)};
    return {EUCLEAN, fmt::format("cannot use {}: its version {} is not plausible", database.path(), version)};
}

}  // namespace

Status bring_up_to_date(Database& database) {
    const Result<std::int64_t> id = database.number("PRAGMA application_id");
    if (!id)
        return id.error();
    if (id.value() != application_id)
        return Error{EUCLEAN, fmt::format("cannot use {}: it is not a database of noodstopd", database.path())};
    const Result<std::int64_t> version = database.number("PRAGMA user_version");
    if (!version)
        return version.error();
    if (version.value() < 0 || version.value() > schema_version)
        return refuse_version(database, version.value());
    if (version.value() == schema_version)
        return platform::Done{};
    return migrate(database, version.value());
}

Status create_tables(Database& database, std::uint64_t base) {
    const std::string sql = fmt::format(
        "PRAGMA page_size = 4096; PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL;"
        "PRAGMA application_id = {};",
        application_id);
    if (Status prepared = database.execute(sql); !prepared)
        return prepared;
    if (Status migrated = migrate(database, 0); !migrated)
        return migrated;
    return database.execute(fmt::format("UPDATE generation SET base = {}", base));
}

}  // namespace noodstop::journal
