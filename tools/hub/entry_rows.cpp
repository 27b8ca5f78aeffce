// The rows of facts, gaps, totals and events.
#include "agent/core/archive_counter.hpp"
#include "proto/codec/service_codec.hpp"
#include "tools/hub/rows.hpp"

#include <algorithm>
#include <limits>

namespace noodstop::hub {
namespace {

using platform::Database;
using platform::Done;
using platform::Result;
using platform::Statement;
using platform::Status;

constexpr std::int64_t since_unknown = std::numeric_limits<std::int64_t>::min();

std::int64_t column_of(std::uint64_t number) {
    return static_cast<std::int64_t>(number);
}

// Each row of `select`, by `take(row)`.
template <class Take>
Status for_each_row(Statement& select, Take take) {
    for (;;) {
        const Result<bool> row = select.step();
        if (!row)
            return row.error();
        if (!row.value())
            return Done{};
        take(select);
    }
}

Result<std::int64_t> count_facts(Database& database, std::int64_t agent, std::uint64_t epoch, const core::Gap& gap) {
    Result<Statement> count =
        database.prepare("SELECT count(*) FROM fact WHERE agent = ?1 AND epoch = ?2 AND sequence BETWEEN ?3 AND ?4");
    if (!count)
        return count.error();
    count->bind(1, agent).bind(2, column_of(epoch)).bind(3, column_of(gap.first)).bind(4, column_of(gap.last));
    const Result<bool> row = count->step();
    return row ? Result<std::int64_t>(count->number(0)) : Result<std::int64_t>(row.error());
}

core::Counter counter_of_row(const Statement& row) {
    core::Counter counter;
    (void)core::from_bytes(row.bytes(0), counter.name);
    counter.value.micros = row.number(1);
    if (row.number(2) != since_unknown)
        counter.since = core::WallTime{core::Duration{row.number(2)}};
    counter.at = core::WallTime{core::Duration{row.number(3)}};
    return counter;
}

void add_spent(std::vector<Spent>& spent, const core::CounterName& name, core::Money amount) {
    const auto found = std::find_if(spent.begin(), spent.end(), [&](const Spent& one) {
        return one.tenant == name.tenant && one.currency == name.currency;
    });
    if (found == spent.end())
        spent.push_back({name.tenant, name.currency, amount});
    else
        found->amount += amount;
}

Status forget_old_events(Database& database, std::int64_t agent) {
    Result<Statement> forget = database.prepare(
        "DELETE FROM event WHERE agent = ?1 AND number <= "
        "(SELECT number FROM event WHERE agent = ?1 ORDER BY number DESC LIMIT 1 OFFSET ?2)");
    if (!forget)
        return forget.error();
    return forget->bind(1, agent).bind(2, static_cast<std::int64_t>(events_kept_max)).run();
}

}  // namespace

Result<std::uint64_t> add_facts(Database& database, std::int64_t agent, std::uint64_t epoch,
                                const std::vector<core::RecordedFact>& facts) {
    // By time, since SQLite would go through all facts of the agent.
    Result<Statement> insert = database.prepare(
        "INSERT OR IGNORE INTO fact SELECT ?1, ?2, ?3, ?4, ?5, ?6 WHERE NOT EXISTS (SELECT 1 FROM fact "
        "INDEXED BY fact_by_time WHERE agent = ?1 AND wall = ?4 AND sequence = ?3 AND epoch <> ?2 AND body = ?6)");
    if (!insert)
        return insert.error();
    std::uint64_t added = 0;
    for (const core::RecordedFact& fact : facts) {
        const std::string body = codec::encode_facts({fact});
        insert->bind(1, agent).bind(2, column_of(epoch)).bind(3, column_of(fact.sequence));
        insert->bind(4, fact.fact.wall.since_epoch.count()).bind_text(5, fact.fact.tenant.text);
        if (const Status inserted = insert->bind_bytes(6, body).run(); !inserted)
            return inserted.error();
        added += static_cast<std::uint64_t>(database.rows_changed());
    }
    Result<Statement> count = database.prepare("UPDATE agent SET facts = facts + ?2 WHERE number = ?1");
    if (!count)
        return count.error();
    const Status counted = count->bind(1, agent).bind(2, column_of(added)).run();
    return counted ? Result<std::uint64_t>(added) : Result<std::uint64_t>(counted.error());
}

Status add_gap(Database& database, std::int64_t agent, std::uint64_t epoch, const core::Gap& gap) {
    const Result<std::int64_t> here = count_facts(database, agent, epoch, gap);
    if (!here)
        return here.error();
    if (column_of(gap.last - gap.first + 1) <= here.value())
        return Done{};
    // What it covers is told once.
    Result<Statement> within =
        database.prepare("DELETE FROM gap WHERE agent = ?1 AND epoch = ?2 AND first >= ?3 AND last <= ?4");
    if (!within)
        return within.error();
    within->bind(1, agent).bind(2, column_of(epoch)).bind(3, column_of(gap.first)).bind(4, column_of(gap.last));
    if (Status removed = within->run(); !removed)
        return removed;
    Result<Statement> insert = database.prepare(
        "INSERT INTO gap VALUES(?1, ?2, ?3, ?4, ?5) ON CONFLICT(agent, epoch, first) DO UPDATE SET "
        "last = max(last, excluded.last)");
    if (!insert)
        return insert.error();
    insert->bind(1, agent).bind(2, column_of(epoch)).bind(3, column_of(gap.first)).bind(4, column_of(gap.last));
    return insert->bind(5, static_cast<std::int64_t>(gap.reason)).run();
}

Result<std::vector<HeldFact>> read_facts(Database& database, std::int64_t agent, const FactQuery& query) {
    Result<Statement> select = database.prepare(
        "SELECT epoch, body FROM fact WHERE agent = ?1 AND (?2 = '' OR tenant = ?2) "
        "ORDER BY wall DESC, sequence DESC LIMIT ?3");
    if (!select)
        return select.error();
    select->bind(1, agent).bind_text(2, query.tenant.text).bind(3, std::min(query.most, facts_answer_max));
    std::vector<HeldFact> facts;
    const Status read = for_each_row(*select, [&](const Statement& row) {
        auto decoded = codec::decode_facts(row.bytes(1));
        if (decoded && !decoded->empty())
            facts.push_back({static_cast<std::uint64_t>(row.number(0)), std::move(decoded->front())});
    });
    if (!read)
        return read.error();
    std::reverse(facts.begin(), facts.end());
    return facts;
}

Result<std::vector<core::Gap>> read_gaps(Database& database, std::int64_t agent) {
    Result<Statement> select =
        database.prepare("SELECT first, last, reason FROM gap WHERE agent = ?1 ORDER BY first, epoch");
    if (!select)
        return select.error();
    select->bind(1, agent);
    std::vector<core::Gap> gaps;
    const Status read = for_each_row(*select, [&](const Statement& row) {
        gaps.push_back({static_cast<std::uint64_t>(row.number(0)), static_cast<std::uint64_t>(row.number(1)),
                        row.number(2) == 0 ? core::GapReason::damaged : core::GapReason::missing});
    });
    return read ? Result<std::vector<core::Gap>>(std::move(gaps)) : Result<std::vector<core::Gap>>(read.error());
}

Status set_totals(Database& database, const AgentState& agent, const std::vector<core::Counter>& counters) {
    Result<Statement> set = database.prepare(
        "INSERT INTO total VALUES(?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT(agent, line, name) DO UPDATE SET "
        "value = excluded.value, since = excluded.since, at = excluded.at");
    if (!set)
        return set.error();
    for (const core::Counter& counter : counters) {
        const std::string name = core::to_bytes(counter.name);
        set->bind(1, agent.number).bind(2, column_of(agent.line)).bind_bytes(3, name).bind(4, counter.value.micros);
        set->bind(5, counter.since ? counter.since->since_epoch.count() : since_unknown);
        if (Status done = set->bind(6, counter.at.since_epoch.count()).run(); !done)
            return done;
    }
    return Done{};
}

Result<std::vector<core::Counter>> read_totals(Database& database, const AgentState& agent) {
    Result<Statement> select =
        database.prepare("SELECT name, value, since, at FROM total WHERE agent = ?1 AND line = ?2");
    if (!select)
        return select.error();
    select->bind(1, agent.number).bind(2, column_of(agent.line));
    std::vector<core::Counter> counters;
    const Status read = for_each_row(*select, [&](const Statement& row) { counters.push_back(counter_of_row(row)); });
    if (!read)
        return read.error();
    std::sort(counters.begin(), counters.end(),
              [](const core::Counter& left, const core::Counter& right) { return left.name < right.name; });
    return counters;
}

Result<std::map<std::string, std::vector<Spent>>> read_spent(Database& database) {
    // A name begins with its kind, and those of zones come first: thousands of resources need not be read.
    Result<Statement> select = database.prepare(
        "SELECT agent.id, total.name, total.value FROM agent JOIN total ON total.agent = agent.number AND "
        "total.line = agent.line AND total.name < x'01'");
    if (!select)
        return select.error();
    std::map<std::string, std::vector<Spent>> spent;
    const Status read = for_each_row(*select, [&](const Statement& row) {
        core::CounterName name;
        if (core::from_bytes(row.bytes(1), name) && name.kind == core::CounterKind::zone_spend)
            add_spent(spent[row.bytes(0)], name, core::Money{row.number(2)});
    });
    if (!read)
        return read.error();
    return spent;
}

Result<std::optional<std::uint64_t>> find_line(Database& database, const AgentState& agent, std::uint64_t id) {
    Result<Statement> select = database.prepare("SELECT number FROM line WHERE agent = ?1 AND id = ?2");
    if (!select)
        return select.error();
    const Result<bool> row = select->bind(1, agent.number).bind(2, column_of(id)).step();
    if (!row)
        return row.error();
    return row.value() ? std::optional(static_cast<std::uint64_t>(select->number(0))) : std::nullopt;
}

Status add_line(Database& database, const AgentState& agent, std::uint64_t id) {
    Result<Statement> insert = database.prepare("INSERT INTO line VALUES(?1, ?2, ?3)");
    if (!insert)
        return insert.error();
    insert->bind(1, agent.number).bind(2, column_of(agent.line));
    if (Status inserted = insert->bind(3, column_of(id)).run(); !inserted)
        return inserted;
    for (const char* sql :
         {"DELETE FROM total WHERE agent = ?1 AND line <= ?2", "DELETE FROM line WHERE agent = ?1 AND number <= ?2"}) {
        Result<Statement> forget = database.prepare(sql);
        if (!forget)
            return forget.error();
        forget->bind(1, agent.number).bind(2, column_of(agent.line) - static_cast<std::int64_t>(lines_kept_max));
        if (Status forgotten = forget->run(); !forgotten)
            return forgotten;
    }
    return Done{};
}

Status add_event(Database& database, std::int64_t agent, const Event& event) {
    Result<Statement> insert = database.prepare("INSERT INTO event(agent, at, kind, text) VALUES(?1, ?2, ?3, ?4)");
    if (!insert)
        return insert.error();
    insert->bind(1, agent).bind(2, event.at.since_epoch.count()).bind(3, static_cast<std::int64_t>(event.kind));
    if (Status inserted = insert->bind_text(4, event.text).run(); !inserted)
        return inserted;
    return forget_old_events(database, agent);
}

Result<std::vector<Event>> read_events(Database& database, std::int64_t agent) {
    Result<Statement> select = database.prepare(
        "SELECT agent.id, event.at, event.kind, event.text FROM event JOIN agent ON agent.number = event.agent "
        "WHERE event.agent = ?1 ORDER BY event.number");
    if (!select)
        return select.error();
    select->bind(1, agent);
    std::vector<Event> events;
    const Status read = for_each_row(*select, [&](const Statement& row) {
        events.push_back({row.bytes(0), core::WallTime{core::Duration{row.number(1)}},
                          static_cast<EventKind>(row.number(2)), row.bytes(3)});
    });
    return read ? Result<std::vector<Event>>(std::move(events)) : Result<std::vector<Event>>(read.error());
}

}  // namespace noodstop::hub
