#include "tools/hub/rows.hpp"

#include "proto/codec/service_codec.hpp"

#include <algorithm>

namespace noodstop::hub {
namespace {

using platform::Database;
using platform::Done;
using platform::Result;
using platform::Statement;
using platform::Status;

constexpr std::int64_t no_epoch = -1;

std::int64_t epoch_of(const std::optional<core::Position>& position) {
    return position ? static_cast<std::int64_t>(position->epoch) : no_epoch;
}

std::int64_t sequence_of(const std::optional<core::Position>& position) {
    return position ? static_cast<std::int64_t>(position->sequence) : 0;
}

// Two columns.
std::optional<core::Position> position_at(const Statement& row, int column) {
    if (row.number(column) == no_epoch)
        return std::nullopt;
    return core::Position{static_cast<std::uint64_t>(row.number(column)),
                          static_cast<std::uint64_t>(row.number(column + 1))};
}

core::WallTime wall_at(const Statement& row, int column) {
    return {core::Duration{row.number(column)}};
}

AgentRow agent_row(const Statement& row) {
    AgentRow agent;
    agent.id = row.bytes(0);
    agent.seen = wall_at(row, 1);
    agent.line = static_cast<std::uint64_t>(row.number(2));
    agent.fact_head = position_at(row, 3);
    agent.sample_head = position_at(row, 5);
    agent.newest_fact = position_at(row, 7);
    agent.newest_sample = position_at(row, 9);
    agent.facts = static_cast<std::uint64_t>(row.number(11));
    agent.status_at = wall_at(row, 13);
    agent.gaps = static_cast<std::uint64_t>(row.number(14));
    agent.missing_facts = static_cast<std::uint64_t>(row.number(15));
    if (const std::string status = row.bytes(12); !status.empty()) {
        // What can't be read is of another version: the next one will be there soon.
        if (auto decoded = codec::decode_status(status))
            agent.status = std::move(decoded->snapshot);
    }
    return agent;
}

}  // namespace

Result<std::optional<AgentState>> find_agent(Database& database, const std::string& id) {
    Result<Statement> select = database.prepare(
        "SELECT number, line, fact_epoch, fact_sequence, sample_epoch, sample_sequence FROM agent WHERE id = ?1");
    if (!select)
        return select.error();
    const Result<bool> row = select->bind_text(1, id).step();
    if (!row)
        return row.error();
    if (!row.value())
        return std::optional<AgentState>();
    return std::optional<AgentState>({select->number(0), static_cast<std::uint64_t>(select->number(1)),
                                      position_at(*select, 2), position_at(*select, 4)});
}

Result<AgentState> add_agent(Database& database, const std::string& id, core::WallTime now) {
    Result<Statement> insert = database.prepare("INSERT INTO agent(id, seen) VALUES(?1, ?2) RETURNING number");
    if (!insert)
        return insert.error();
    const Result<bool> row = insert->bind_text(1, id).bind(2, now.since_epoch.count()).step();
    if (!row)
        return row.error();
    return AgentState{insert->number(0), 0, std::nullopt, std::nullopt};
}

Status write_agent(Database& database, const AgentState& agent, core::WallTime seen) {
    Result<Statement> update = database.prepare(
        "UPDATE agent SET seen = ?2, line = ?3, fact_epoch = ?4, fact_sequence = ?5, sample_epoch = ?6, "
        "sample_sequence = ?7 WHERE number = ?1");
    if (!update)
        return update.error();
    update->bind(1, agent.number).bind(2, seen.since_epoch.count()).bind(3, static_cast<std::int64_t>(agent.line));
    update->bind(4, epoch_of(agent.fact_head)).bind(5, sequence_of(agent.fact_head));
    return update->bind(6, epoch_of(agent.sample_head)).bind(7, sequence_of(agent.sample_head)).run();
}

Status write_claims(Database& database, std::int64_t agent, const core::SpoolBatch& batch) {
    Result<Statement> update = database.prepare(
        "UPDATE agent SET newest_fact_epoch = ?2, newest_fact = ?3, newest_sample_epoch = ?4, newest_sample = ?5 "
        "WHERE number = ?1");
    if (!update)
        return update.error();
    update->bind(1, agent).bind(2, epoch_of(batch.newest_fact)).bind(3, sequence_of(batch.newest_fact));
    return update->bind(4, epoch_of(batch.newest_sample)).bind(5, sequence_of(batch.newest_sample)).run();
}

Status write_status(Database& database, std::int64_t agent, const core::Snapshot& status, core::WallTime now) {
    Result<Statement> update = database.prepare("UPDATE agent SET status = ?2, status_at = ?3 WHERE number = ?1");
    if (!update)
        return update.error();
    const std::string bytes = codec::encode_status({status, core::Duration{0}});
    return update->bind(1, agent).bind_bytes(2, bytes).bind(3, now.since_epoch.count()).run();
}

Result<std::vector<AgentRow>> read_agents(Database& database) {
    Result<Statement> select = database.prepare(
        "SELECT id, seen, line, fact_epoch, fact_sequence, sample_epoch, sample_sequence, newest_fact_epoch, "
        "newest_fact, newest_sample_epoch, newest_sample, facts, status, status_at, "
        "(SELECT count(*) FROM gap WHERE gap.agent = number), "
        "(SELECT ifnull(sum(last - first + 1), 0) FROM gap WHERE gap.agent = number) FROM agent ORDER BY id");
    if (!select)
        return select.error();
    std::vector<AgentRow> agents;
    for (;;) {
        const Result<bool> row = select->step();
        if (!row)
            return row.error();
        if (!row.value())
            return agents;
        agents.push_back(agent_row(*select));
    }
}

Result<std::optional<Held>> read_held(Database& database, const EpochKey& key) {
    Result<Statement> select =
        database.prepare("SELECT sequence, claimed FROM held WHERE agent = ?1 AND lane = ?2 AND epoch = ?3");
    if (!select)
        return select.error();
    select->bind(1, key.agent)
        .bind(2, static_cast<std::int64_t>(key.lane))
        .bind(3, static_cast<std::int64_t>(key.epoch));
    const Result<bool> row = select->step();
    if (!row)
        return row.error();
    if (!row.value())
        return std::optional<Held>();
    return std::optional<Held>(
        {static_cast<std::uint64_t>(select->number(0)), static_cast<std::uint64_t>(select->number(1))});
}

Status raise_held(Database& database, const EpochKey& key, const Held& at_least) {
    Result<Statement> raise = database.prepare(
        "INSERT INTO held VALUES(?1, ?2, ?3, ?4, ?5) ON CONFLICT(agent, lane, epoch) DO UPDATE SET "
        "sequence = max(sequence, excluded.sequence), claimed = max(claimed, excluded.claimed)");
    if (!raise)
        return raise.error();
    raise->bind(1, key.agent)
        .bind(2, static_cast<std::int64_t>(key.lane))
        .bind(3, static_cast<std::int64_t>(key.epoch));
    raise->bind(4, static_cast<std::int64_t>(at_least.sequence));
    return raise->bind(5, static_cast<std::int64_t>(at_least.claimed)).run();
}

Status forget_held_samples(Database& database, std::int64_t agent) {
    Result<Statement> forget = database.prepare("DELETE FROM held WHERE agent = ?1 AND lane = ?2");
    if (!forget)
        return forget.error();
    return forget->bind(1, agent).bind(2, static_cast<std::int64_t>(core::Lane::samples)).run();
}

}  // namespace noodstop::hub
