#include "agent/journal/tables.hpp"

#include "agent/journal/checksum.hpp"
#include "agent/journal/fact_codec.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>

namespace noodstop::journal {
namespace {

using platform::Done;
using platform::Result;
using platform::Status;

std::uint32_t piece_checksum(const std::string& key, std::string_view body) {
    return crc32c(body, crc32c(key + '\0'));
}

// SQLite's integers are signed; no sequence comes near the end.
std::int64_t to_column(std::uint64_t sequence) {
    return static_cast<std::int64_t>(std::min<std::uint64_t>(sequence, std::numeric_limits<std::int64_t>::max()));
}

constexpr const char* select_after =
    "SELECT sequence, kind, at, wall, tenant, zone, provider, resource, limit_name, fields, checksum FROM fact "
    "WHERE sequence > ?1";

// The conditions "<> ''" let SQLite use the partial indexes.
std::string select_facts(const FactQuery& query) {
    std::string sql = select_after;
    if (!query.zone.empty())
        sql += " AND zone = ?3 AND zone <> ''";
    if (!query.tenant.empty())
        sql += query.zone.empty() ? " AND tenant = ?2 AND tenant <> ''" : " AND tenant = ?2";
    return sql + " ORDER BY sequence DESC";
}

std::optional<core::RecordedFact> fact_of_row(const Statement& row) {
    core::RecordedFact recorded;
    recorded.sequence = static_cast<std::uint64_t>(row.number(0));
    const std::optional<core::FactKind> kind = core::fact_kind_from_name(row.bytes(1));
    recorded.fact.at.since_origin = core::Duration(row.number(2));
    recorded.fact.wall.since_epoch = core::Duration(row.number(3));
    recorded.fact.tenant.text = row.bytes(4);
    recorded.fact.zone.text = row.bytes(5);
    recorded.fact.provider.text = row.bytes(6);
    recorded.fact.resource.text = row.bytes(7);
    recorded.fact.limit.text = row.bytes(8);
    const std::string encoded = row.bytes(9);
    std::optional<std::vector<core::FactField>> fields = decode_fields(encoded);
    if (!kind || !fields)
        return std::nullopt;
    recorded.fact.kind = *kind;
    recorded.fact.fields = std::move(*fields);
    if (fact_checksum(recorded, encoded) != row.number(10))
        return std::nullopt;
    return recorded;
}

Status insert_fact(Statement& insert, const core::RecordedFact& recorded) {
    const core::Fact& fact = recorded.fact;
    const std::string fields = encode_fields(fact.fields);
    insert.bind(1, to_column(recorded.sequence)).bind_text(2, core::to_text(fact.kind));
    insert.bind(3, fact.at.since_origin.count()).bind(4, fact.wall.since_epoch.count());
    insert.bind_text(5, fact.tenant.text).bind_text(6, fact.zone.text).bind_text(7, fact.provider.text);
    insert.bind_text(8, fact.resource.text).bind_text(9, fact.limit.text);
    insert.bind_bytes(10, fields).bind(11, fact_checksum(recorded, fields));
    return insert.run();
}

// The highest sequence that goes, with all before it; 0: none.
Result<std::int64_t> last_to_delete(Database& database, const FactsToDelete& which) {
    Result<Statement> oldest =
        database.prepare("SELECT sequence, wall FROM fact WHERE sequence <= ?2 ORDER BY sequence LIMIT ?1");
    if (!oldest)
        return oldest.error();
    oldest->bind(1, to_column(which.most)).bind(2, to_column(which.passed));
    std::int64_t last = 0;
    for (;;) {
        const Result<bool> row = oldest->step();
        if (!row)
            return row.error();
        if (!row.value() || oldest->number(1) >= which.before.since_epoch.count())
            return last;
        last = oldest->number(0);
    }
}

}  // namespace

Result<std::uint64_t> read_facts(Database& database, const FactQuery& query, FactsBySequence& facts) {
    Result<Statement> select = database.prepare(select_facts(query));
    if (!select)
        return select.error();
    select->bind(1, to_column(query.after));
    if (!query.tenant.empty())
        select->bind_text(2, query.tenant.text);
    if (!query.zone.empty())
        select->bind_text(3, query.zone.text);
    std::uint64_t damaged = 0;
    for (std::uint32_t taken = 0; taken < query.most;) {
        const Result<bool> row = select->step();
        if (!row)
            return row.error();
        if (!row.value())
            break;
        if (std::optional<core::RecordedFact> fact = fact_of_row(*select)) {
            facts.emplace(fact->sequence, std::move(*fact));
            ++taken;
        } else {
            ++damaged;
        }
    }
    return damaged;
}

StateRead read_state(Database& database) {
    StateRead read;
    Result<Statement> select = database.prepare("SELECT key, body, checksum FROM state");
    if (!select) {
        read.end = select.error();
        return read;
    }
    for (;;) {
        const Result<bool> row = select->step();
        if (!row)
            read.end = row.error();
        if (!row || !row.value())
            return read;
        std::string key = select->bytes(0);
        std::string body = select->bytes(1);
        if (piece_checksum(key, body) == select->number(2))
            read.pieces.emplace(std::move(key), std::move(body));
        else
            read.damaged.push_back(std::move(key));
    }
}

Result<SequenceRange> read_sequences(Database& database) {
    Result<Statement> select =
        database.prepare("SELECT (SELECT base FROM generation), (SELECT max(sequence) FROM fact)");
    if (!select)
        return select.error();
    const Result<bool> row = select->step();
    if (!row)
        return row.error();
    const auto unsigned_column = [&](int column) {
        return static_cast<std::uint64_t>(std::max<std::int64_t>(0, select->number(column)));
    };
    return SequenceRange{unsigned_column(0), std::max(unsigned_column(0), unsigned_column(1))};
}

Result<RowWriter> RowWriter::prepare(Database& database) {
    Result<Statement> insert = database.prepare("INSERT INTO fact VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11)");
    if (!insert)
        return insert.error();
    Result<Statement> replace = database.prepare(
        "INSERT INTO state VALUES(?1, ?2, ?3) "
        "ON CONFLICT(key) DO UPDATE SET body = excluded.body, checksum = excluded.checksum");
    if (!replace)
        return replace.error();
    Result<Statement> remove = database.prepare("DELETE FROM state WHERE key = ?1");
    if (!remove)
        return remove.error();
    RowWriter writer;
    writer.insert_fact_ = std::move(*insert);
    writer.replace_piece_ = std::move(*replace);
    writer.remove_piece_ = std::move(*remove);
    return writer;
}

Status RowWriter::write_facts(const std::vector<core::RecordedFact>& facts) {
    for (const core::RecordedFact& fact : facts) {
        if (Status inserted = insert_fact(insert_fact_, fact); !inserted)
            return inserted;
    }
    return Done{};
}

Status RowWriter::write_state(const core::StatePieces& state) {
    for (const auto& [key, body] : state) {
        Statement& change = body.empty() ? remove_piece_ : replace_piece_;
        change.bind_text(1, key);
        if (!body.empty())
            change.bind_bytes(2, body).bind(3, piece_checksum(key, body));
        if (Status changed = change.run(); !changed)
            return changed;
    }
    return Done{};
}

Result<OldestFacts> read_oldest_facts(Database& database, std::uint64_t after, std::size_t most,
                                      FactsBySequence& facts) {
    Result<Statement> select = database.prepare(std::string(select_after) + " ORDER BY sequence");
    if (!select)
        return select.error();
    select->bind(1, to_column(after));
    OldestFacts oldest;
    for (std::size_t taken = 0; taken + oldest.damaged.size() < most;) {
        const Result<bool> row = select->step();
        if (!row)
            return row.error();
        oldest.all = !row.value();
        if (oldest.all)
            break;
        if (std::optional<core::RecordedFact> fact = fact_of_row(*select)) {
            facts.emplace(fact->sequence, std::move(*fact));
            ++taken;
        } else {
            oldest.damaged.push_back(static_cast<std::uint64_t>(select->number(0)));
        }
    }
    return oldest;
}

Result<std::uint64_t> delete_oldest(Database& database, const FactsToDelete& which) {
    const Result<std::int64_t> last = last_to_delete(database, which);
    if (!last)
        return last.error();
    Result<Statement> remove =
        database.prepare("DELETE FROM fact WHERE sequence <= ?1 AND sequence < (SELECT max(sequence) FROM fact)");
    if (!remove)
        return remove.error();
    if (Status removed = remove->bind(1, last.value()).run(); !removed)
        return removed.error();
    return static_cast<std::uint64_t>(database.rows_changed());
}

}  // namespace noodstop::journal
