#include "agent/journal/schema.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <iterator>

namespace noodstop::journal {
namespace {

using platform::Error;
using platform::Result;
using platform::Status;

// migrations[v] leads from version v to v + 1. Empty names are left out of the indexes.
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
    R"(CREATE TABLE epoch(
           number INTEGER PRIMARY KEY,
           id INTEGER NOT NULL,
           first_fact INTEGER NOT NULL,
           first_sample INTEGER NOT NULL,
           continues INTEGER NOT NULL,
           checksum INTEGER NOT NULL) STRICT;
       CREATE TABLE cursor(
           consumer TEXT PRIMARY KEY,
           fact INTEGER NOT NULL,
           sample INTEGER NOT NULL,
           checksum INTEGER NOT NULL) STRICT;
       CREATE TABLE series(
           id INTEGER PRIMARY KEY,
           name BLOB NOT NULL UNIQUE,
           value INTEGER NOT NULL,
           since INTEGER NOT NULL,
           at INTEGER NOT NULL,
           changed INTEGER NOT NULL,
           checksum INTEGER NOT NULL) STRICT;
       CREATE INDEX series_by_change ON series(changed);
       CREATE TABLE sample(
           sequence INTEGER PRIMARY KEY,
           at INTEGER NOT NULL,
           body BLOB NOT NULL,
           checksum INTEGER NOT NULL) STRICT;
       CREATE TABLE spool(last_sample INTEGER NOT NULL, whole INTEGER NOT NULL) STRICT;
       INSERT INTO spool VALUES(0, 1);)",
};
static_assert(std::size(migrations) == schema_version);

std::string migration(std::int64_t from, std::int64_t to) {
    std::string sql;
    for (std::int64_t version = from; version < to; ++version)
        sql += migrations[version];
    return sql + fmt::format("UPDATE generation SET schema = {}; PRAGMA user_version = {};", to, to);
}

Status make_first_tables(Database& database) {
    return database.execute("BEGIN IMMEDIATE;" + migration(0, first_schema) + "COMMIT;");
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
    if (version.value() > first_schema) {
        if (const Result<bool> has = has_spool_tables(database); !has)
            return has.error();
    }
    return version.value() == 0 ? make_first_tables(database) : Status(platform::Done{});
}

Status create_tables(Database& database, std::uint64_t base) {
    const std::string sql = fmt::format(
        "PRAGMA page_size = 4096; PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL;"
        "PRAGMA application_id = {};",
        application_id);
    if (Status prepared = database.execute(sql); !prepared)
        return prepared;
    if (Status made = make_first_tables(database); !made)
        return made;
    return database.execute(fmt::format("UPDATE generation SET base = {}", base));
}

Result<bool> has_spool_tables(Database& database) {
    const Result<std::int64_t> version = database.number("PRAGMA user_version");
    if (!version)
        return version.error();
    const Result<std::int64_t> second_mark = database.number("SELECT schema FROM generation");
    if (!second_mark)
        return second_mark.error();
    if (second_mark.value() != version.value())
        return refuse_version(database, version.value());
    return version.value() >= spool_schema;
}

Status add_spool_tables(Database& database) {
    return database.execute(migration(first_schema, spool_schema));
}

}  // namespace noodstop::journal
