#include "tools/hub/schema.hpp"

#include <fmt/format.h>

#include <cerrno>

namespace noodstop::hub {
namespace {

using platform::Error;
using platform::Result;
using platform::Status;

// Positions are two columns; an epoch of -1 says that there is none.
constexpr const char* tables = R"(
    CREATE TABLE agent(
        number INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        seen INTEGER NOT NULL,
        line INTEGER NOT NULL DEFAULT 0,
        fact_epoch INTEGER NOT NULL DEFAULT -1,
        fact_sequence INTEGER NOT NULL DEFAULT 0,
        sample_epoch INTEGER NOT NULL DEFAULT -1,
        sample_sequence INTEGER NOT NULL DEFAULT 0,
        newest_fact_epoch INTEGER NOT NULL DEFAULT -1,
        newest_fact INTEGER NOT NULL DEFAULT 0,
        newest_sample_epoch INTEGER NOT NULL DEFAULT -1,
        newest_sample INTEGER NOT NULL DEFAULT 0,
        facts INTEGER NOT NULL DEFAULT 0,
        status BLOB NOT NULL DEFAULT x'',
        status_at INTEGER NOT NULL DEFAULT 0) STRICT;
    CREATE TABLE held(
        agent INTEGER NOT NULL,
        lane INTEGER NOT NULL,
        epoch INTEGER NOT NULL,
        sequence INTEGER NOT NULL,
        claimed INTEGER NOT NULL,
        PRIMARY KEY(agent, lane, epoch)) STRICT, WITHOUT ROWID;
    CREATE TABLE fact(
        agent INTEGER NOT NULL,
        epoch INTEGER NOT NULL,
        sequence INTEGER NOT NULL,
        wall INTEGER NOT NULL,
        tenant TEXT NOT NULL,
        body BLOB NOT NULL,
        PRIMARY KEY(agent, epoch, sequence)) STRICT, WITHOUT ROWID;
    CREATE INDEX fact_by_time ON fact(agent, wall);
    CREATE TABLE total(
        agent INTEGER NOT NULL,
        line INTEGER NOT NULL,
        name BLOB NOT NULL,
        value INTEGER NOT NULL,
        since INTEGER NOT NULL,
        at INTEGER NOT NULL,
        PRIMARY KEY(agent, line, name)) STRICT, WITHOUT ROWID;
    CREATE TABLE line(
        agent INTEGER NOT NULL,
        number INTEGER NOT NULL,
        id INTEGER NOT NULL,
        PRIMARY KEY(agent, number)) STRICT, WITHOUT ROWID;
    CREATE TABLE gap(
        agent INTEGER NOT NULL,
        epoch INTEGER NOT NULL,
        first INTEGER NOT NULL,
        last INTEGER NOT NULL,
        reason INTEGER NOT NULL,
        PRIMARY KEY(agent, epoch, first)) STRICT, WITHOUT ROWID;
    CREATE TABLE event(
        number INTEGER PRIMARY KEY,
        agent INTEGER NOT NULL,
        at INTEGER NOT NULL,
        kind INTEGER NOT NULL,
        text TEXT NOT NULL) STRICT;
    CREATE INDEX event_by_agent ON event(agent);
    CREATE TABLE alert(
        kind TEXT NOT NULL,
        agent TEXT NOT NULL,
        subject TEXT NOT NULL,
        tenant TEXT NOT NULL,
        began INTEGER NOT NULL,
        ended INTEGER NOT NULL,
        is_over INTEGER NOT NULL,
        reason TEXT NOT NULL,
        PRIMARY KEY(kind, agent, subject)) STRICT, WITHOUT ROWID;
    CREATE TABLE notice(
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL,
        body TEXT NOT NULL) STRICT;)";

}  // namespace

Status bring_up_to_date(platform::Database& database) {
    const Result<std::int64_t> id = database.number("PRAGMA application_id");
    if (!id)
        return id.error();
    const Result<std::int64_t> version = database.number("PRAGMA user_version");
    if (!version)
        return version.error();
    if (id.value() == 0 && version.value() == 0)
        return database.execute(
            fmt::format("PRAGMA journal_mode = WAL; BEGIN IMMEDIATE; {} PRAGMA application_id = {}; "
                        "PRAGMA user_version = {}; COMMIT;",
                        tables, hub_application_id, hub_schema_version));
    if (id.value() != hub_application_id || version.value() < 1)
        return Error{EUCLEAN, fmt::format("cannot use {}: it is not a database of noodstop-hub", database.path())};
    if (version.value() > hub_schema_version)
        return Error{ENOTSUP, fmt::format("cannot use {}: it has version {}, made by a newer noodstop-hub",
                                          database.path(), version.value())};
    return platform::Done{};
}

}  // namespace noodstop::hub
