// The rows of series and samples.
#include "agent/journal/checksum.hpp"
#include "agent/journal/sample_codec.hpp"
#include "agent/journal/spool_rows.hpp"

#include <fmt/format.h>

#include <limits>

namespace noodstop::journal {
namespace {

using platform::Done;
using platform::Result;
using platform::Status;

constexpr std::int64_t since_unknown = std::numeric_limits<std::int64_t>::min();

std::int64_t to_integer(std::uint64_t number) {
    constexpr std::uint64_t highest = std::numeric_limits<std::int64_t>::max();
    return static_cast<std::int64_t>(number < highest ? number : highest);
}

std::int64_t since_of(const core::Counter& counter) {
    return counter.since ? counter.since->since_epoch.count() : since_unknown;
}

std::uint32_t series_checksum(const Series& series, std::string_view name) {
    return crc32c(name, crc32c(fmt::format("series {} {} {} {}", series.counter.value.micros, since_of(series.counter),
                                           series.counter.at.since_epoch.count(), series.changed)));
}

std::uint32_t sample_checksum(std::uint64_t sequence, core::WallTime at, std::string_view body) {
    return crc32c(body, crc32c(fmt::format("sample {} {}", sequence, at.since_epoch.count())));
}

std::uint64_t bytes_of_row(std::size_t body_size) {
    return (body_size + page_bytes + 63) / page_bytes * page_bytes;
}

std::uint64_t bytes_of_series(std::size_t name_size) {
    return 2 * name_size + series_row_bytes;
}

// Columns name, value, since, at, changed, checksum; what follows is the caller's.
std::optional<Series> series_of_row(const Statement& row) {
    Series series;
    const std::string name = row.bytes(0);
    series.counter.value.micros = row.number(1);
    if (row.number(2) != since_unknown)
        series.counter.since = core::WallTime{core::Duration{row.number(2)}};
    series.counter.at = core::WallTime{core::Duration{row.number(3)}};
    series.changed = static_cast<std::uint64_t>(row.number(4));
    const std::optional<core::CounterName> decoded = decode_name(name);
    if (!decoded || series_checksum(series, name) != row.number(5))
        return std::nullopt;
    series.counter.name = *decoded;
    return series;
}

Status bind_and_run(Statement& statement, std::int64_t id, const Series& series, const std::string& name) {
    statement.bind(1, id).bind_bytes(2, name).bind(3, series.counter.value.micros).bind(4, since_of(series.counter));
    statement.bind(5, series.counter.at.since_epoch.count()).bind(6, to_integer(series.changed));
    return statement.bind(7, series_checksum(series, name)).run();
}

Status forget_until(Database& database, std::uint64_t changed) {
    Result<Statement> remove = database.prepare("DELETE FROM series WHERE changed <= ?1");
    return remove ? remove->bind(1, to_integer(changed)).run() : Status(remove.error());
}

// Values of series that are gone by now have no name any more and are left out.
Result<std::vector<core::Counter>> name_values(Database& database, const std::vector<SampledValue>& values,
                                               core::WallTime at) {
    Result<Statement> select = database.prepare("SELECT name FROM series WHERE id = ?1");
    if (!select)
        return select.error();
    std::vector<core::Counter> counters;
    for (const SampledValue& value : values) {
        const Result<bool> row = select->bind(1, value.series).step();
        if (!row)
            return row.error();
        const std::optional<core::CounterName> name =
            row.value() ? decode_name(select->bytes(0)) : std::optional<core::CounterName>();
        if (name)
            counters.push_back({*name, value.value, value.since, at});
        select->reset();
    }
    return counters;
}

}  // namespace

Result<SeriesRead> read_series(Database& database, std::uint64_t after, std::uint64_t before, std::size_t most) {
    Result<Statement> select = database.prepare(
        "SELECT name, value, since, at, changed, checksum FROM series WHERE changed > ?1 AND changed < ?2 "
        "ORDER BY changed LIMIT ?3");
    if (!select)
        return select.error();
    select->bind(1, to_integer(after)).bind(2, to_integer(before)).bind(3, to_integer(most + 1));
    SeriesRead read;
    std::uint64_t before_last = 0;
    for (std::size_t rows = 0; rows <= most; ++rows) {
        const Result<bool> row = select->step();
        if (!row)
            return row.error();
        if (!row.value())
            return read;
        const auto changed = static_cast<std::uint64_t>(select->number(4));
        before_last = changed == read.through ? before_last : read.through;
        read.through = changed;
        if (std::optional<Series> series = series_of_row(*select))
            read.series.push_back(std::move(*series));
        else
            ++read.damaged;
    }
    // There are more, perhaps of the last number too.
    std::erase_if(read.series, [&](const Series& series) { return series.changed == read.through; });
    read.through = before_last;
    return read;
}

bool copy_series(Database& from, Database& to) {
    Result<Statement> select = from.prepare("SELECT name, value, since, at, changed, checksum FROM series");
    Result<Statement> insert = to.prepare("INSERT INTO series VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)");
    if (!select || !insert)
        return false;
    bool whole = true;
    for (std::int64_t id = 1;; ++id) {
        const Result<bool> row = select->step();
        if (!row || !row.value())
            return row && whole;
        const std::optional<Series> series = series_of_row(*select);
        whole = series && bind_and_run(*insert, id, *series, encode_name(series->counter.name)) && whole;
    }
}

Result<std::uint64_t> renumber_series(Database& database, std::uint64_t first) {
    Result<Statement> update = database.prepare("UPDATE series SET changed = ?2, checksum = ?3 WHERE name = ?1");
    if (!update)
        return update.error();
    // What is renumbered is out of the way of what is not: numbers only grow.
    std::uint64_t number = first;
    for (;; ++number) {
        const Result<SeriesRead> read = read_series(database, 0, first, counters_per_sample_max);
        if (!read)
            return read.error();
        if (read->through == 0)
            return number - 1;
        for (const Series& series : read->series) {
            const std::string name = encode_name(series.counter.name);
            const std::uint32_t checksum = series_checksum({series.counter, number}, name);
            const Status done = update->bind_bytes(1, name).bind(2, to_integer(number)).bind(3, checksum).run();
            if (!done)
                return done.error();
        }
        // Damaged ones would be met for ever.
        if (const Status gone = forget_until(database, read->through); !gone)
            return gone.error();
    }
}

Result<SampleWriter> SampleWriter::prepare(Database& database) {
    SampleWriter writer;
    const std::pair<Statement*, const char*> statements[] = {
        {&writer.find_, "SELECT name, value, since, at, changed, checksum, id FROM series WHERE name = ?1"},
        {&writer.insert_, "INSERT INTO series VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)"},
        {&writer.update_,
         "UPDATE series SET value = ?3, since = ?4, at = ?5, changed = ?6, checksum = ?7 WHERE id = ?1"},
        {&writer.insert_sample_, "INSERT INTO sample VALUES(?1, ?2, ?3, ?4)"},
    };
    for (const auto& [statement, sql] : statements) {
        Result<Statement> prepared = database.prepare(sql);
        if (!prepared)
            return prepared.error();
        *statement = std::move(*prepared);
    }
    const Result<std::int64_t> last_id = database.number("SELECT ifnull(max(id), 0) FROM series");
    if (!last_id)
        return last_id.error();
    writer.last_id_ = last_id.value();
    return writer;
}

// The number of the counter's series. A counter that stands as it stood keeps its row.
Result<std::int64_t> SampleWriter::bring_up(std::uint64_t sequence, const core::Counter& counter) {
    const std::string name = encode_name(counter.name);
    const Result<bool> row = find_.bind_bytes(1, name).step();
    if (!row)
        return row.error();
    const bool known = row.value();
    const std::int64_t id = known ? find_.number(6) : ++last_id_;
    const std::optional<Series> before = known ? series_of_row(find_) : std::optional<Series>();
    find_.reset();
    if (before && before->counter.value == counter.value && before->counter.since == counter.since)
        return id;
    new_series_bytes_ += known ? 0 : bytes_of_series(name.size());
    const Status written = bind_and_run(known ? update_ : insert_, id, {counter, sequence}, name);
    return written ? Result<std::int64_t>(id) : Result<std::int64_t>(written.error());
}

Result<SpoolBytes> SampleWriter::write(std::uint64_t sequence, std::span<const core::Counter> counters, Keep keep) {
    const core::WallTime at = counters.empty() ? core::WallTime{} : counters.front().at;
    new_series_bytes_ = 0;
    std::vector<SampledValue> values;
    for (const core::Counter& counter : counters) {
        const Result<std::int64_t> id = bring_up(sequence, counter);
        if (!id)
            return id.error();
        values.push_back({id.value(), counter.value, counter.since});
    }
    if (keep == Keep::totals_only)
        return SpoolBytes{0, new_series_bytes_};
    const std::string body = encode_values(at, std::move(values));
    insert_sample_.bind(1, to_integer(sequence)).bind(2, at.since_epoch.count()).bind_bytes(3, body);
    if (const Status inserted = insert_sample_.bind(4, sample_checksum(sequence, at, body)).run(); !inserted)
        return inserted.error();
    return SpoolBytes{bytes_of_row(body.size()), new_series_bytes_};
}

Result<SampleRead> read_sample(Database& database, std::uint64_t after) {
    Result<Statement> select =
        database.prepare("SELECT sequence, at, body, checksum FROM sample WHERE sequence > ?1 ORDER BY sequence");
    if (!select)
        return select.error();
    select->bind(1, to_integer(after));
    for (SampleRead read;; ++read.damaged) {
        const Result<bool> row = select->step();
        if (!row)
            return row.error();
        if (!row.value())
            return read;
        const auto sequence = static_cast<std::uint64_t>(select->number(0));
        const core::WallTime at{core::Duration{select->number(1)}};
        const std::string body = select->bytes(2);
        const std::optional<std::vector<SampledValue>> values = decode_values(at, body);
        if (!values || sample_checksum(sequence, at, body) != select->number(3))
            continue;
        Result<std::vector<core::Counter>> counters = name_values(database, *values, at);
        if (!counters)
            return counters.error();
        read.sample = core::Sample{sequence, at, std::move(*counters)};
        return read;
    }
}

Result<std::uint64_t> forget_samples(Database& database, std::uint64_t until, std::size_t most) {
    Result<Statement> remove = database.prepare(
        "DELETE FROM sample WHERE sequence IN (SELECT sequence FROM sample WHERE sequence <= ?1 LIMIT ?2) "
        "RETURNING length(body)");
    if (!remove)
        return remove.error();
    remove->bind(1, to_integer(until)).bind(2, to_integer(most));
    for (std::uint64_t freed = 0;;) {
        const Result<bool> row = remove->step();
        if (!row)
            return row.error();
        if (!row.value())
            return freed;
        freed += bytes_of_row(static_cast<std::size_t>(remove->number(0)));
    }
}

Result<std::uint64_t> thin_samples(Database& database) {
    Result<Statement> remove = database.prepare(
        "DELETE FROM sample WHERE sequence = (SELECT sequence FROM ("
        "    SELECT sequence, lead(sequence) OVER around - lag(sequence) OVER around AS hole,"
        "           (SELECT max(sequence) FROM sample) - sequence AS age FROM sample"
        "    WINDOW around AS (ORDER BY sequence))"
        "  WHERE hole IS NOT NULL AND age > 0 ORDER BY hole * 1000000 / age, sequence LIMIT 1)"
        " RETURNING length(body)");
    if (!remove)
        return remove.error();
    const Result<bool> row = remove->step();
    if (!row)
        return row.error();
    return row.value() ? bytes_of_row(static_cast<std::size_t>(remove->number(0))) : 0;
}

Result<std::uint64_t> forget_series(Database& database, std::uint64_t until, core::WallTime before, std::size_t most) {
    Result<Statement> remove = database.prepare(
        "DELETE FROM series WHERE id IN "
        "(SELECT id FROM series WHERE changed <= ?1 AND at < ?2 ORDER BY changed LIMIT ?3) RETURNING length(name)");
    if (!remove)
        return remove.error();
    remove->bind(1, to_integer(until)).bind(2, before.since_epoch.count()).bind(3, to_integer(most));
    for (std::uint64_t freed = 0;;) {
        const Result<bool> row = remove->step();
        if (!row)
            return row.error();
        if (!row.value())
            return freed;
        freed += bytes_of_series(static_cast<std::size_t>(remove->number(0)));
    }
}

}  // namespace noodstop::journal
