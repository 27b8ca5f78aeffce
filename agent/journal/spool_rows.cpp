#include "agent/journal/spool_rows.hpp"

#include "agent/journal/checksum.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace noodstop::journal {
namespace {

using platform::Done;
using platform::Result;
using platform::Status;

// SQLite's integers are signed; no number of ours comes near the end.
std::int64_t column_of(std::uint64_t number) {
    return static_cast<std::int64_t>(std::min<std::uint64_t>(number, std::numeric_limits<std::int64_t>::max()));
}

std::uint64_t unsigned_at(const Statement& row, int column) {
    return static_cast<std::uint64_t>(row.number(column));
}

std::uint32_t epoch_checksum(std::int64_t number, const EpochBegin& epoch) {
    return crc32c(fmt::format("epoch {} {} {} {} {}", number, epoch.id, epoch.first_fact, epoch.first_sample,
                              epoch.continues ? 1 : 0));
}

std::uint32_t cursor_checksum(const std::string& consumer, const Cursor& cursor) {
    return crc32c(fmt::format("cursor {} {} {}", cursor.fact, cursor.sample, consumer));
}

// From the newest back to the first that is damaged or missing: what lies before it can't be told apart any more.
Status read_newest_epochs(Database& database, std::vector<EpochBegin>& newest_first) {
    Result<Statement> select = database.prepare(
        "SELECT number, id, first_fact, first_sample, continues, checksum FROM epoch ORDER BY number DESC");
    if (!select)
        return select.error();
    for (std::int64_t expected = 0;; --expected) {
        const Result<bool> row = select->step();
        if (!row)
            return row.error();
        if (!row.value())
            return Done{};
        const EpochBegin epoch{unsigned_at(*select, 1), unsigned_at(*select, 2), unsigned_at(*select, 3),
                               select->number(4) != 0};
        expected = newest_first.empty() ? select->number(0) : expected;
        if (select->number(0) != expected || epoch_checksum(expected, epoch) != select->number(5))
            return Done{};
        newest_first.push_back(epoch);
    }
}

Status read_epochs(Database& database, std::vector<EpochBegin>& epochs) {
    const Status read = read_newest_epochs(database, epochs);
    std::reverse(epochs.begin(), epochs.end());
    return read;
}

Status read_cursors(Database& database, Cursors& cursors) {
    Result<Statement> select = database.prepare("SELECT consumer, fact, sample, checksum FROM cursor");
    if (!select)
        return select.error();
    for (;;) {
        const Result<bool> row = select->step();
        if (!row)
            return row.error();
        if (!row.value())
            return Done{};
        const Cursor cursor{unsigned_at(*select, 1), unsigned_at(*select, 2)};
        if (cursor_checksum(select->bytes(0), cursor) == select->number(3))
            cursors[select->bytes(0)] = cursor;
    }
}

// The spool's own row has no checksum: samples and series know better.
Status read_numbers(Database& database, SpoolImage& image) {
    Result<Statement> spool = database.prepare("SELECT last_sample, whole FROM spool");
    if (!spool)
        return spool.error();
    const Result<bool> row = spool->step();
    if (!row)
        return row.error();
    image.whole = row.value() && spool->number(1) != 0;
    image.last_sample = row.value() ? unsigned_at(*spool, 0) : 0;
    for (const char* newest : {"SELECT max(sequence) FROM sample", "SELECT max(changed) FROM series"}) {
        const Result<std::int64_t> number = database.number(newest);
        if (!number)
            return number.error();
        image.last_sample = std::max(image.last_sample, static_cast<std::uint64_t>(number.value()));
    }
    return Done{};
}

Status write_epochs(Database& database, const std::vector<EpochBegin>& epochs) {
    Result<Statement> insert = database.prepare("INSERT INTO epoch VALUES(?1, ?2, ?3, ?4, ?5, ?6)");
    if (!insert)
        return insert.error();
    std::int64_t number = 0;
    for (const EpochBegin& epoch : epochs) {
        insert->bind(1, ++number).bind(2, column_of(epoch.id)).bind(3, column_of(epoch.first_fact));
        insert->bind(4, column_of(epoch.first_sample)).bind(5, epoch.continues ? 1 : 0);
        if (Status inserted = insert->bind(6, epoch_checksum(number, epoch)).run(); !inserted)
            return inserted;
    }
    return Done{};
}

}  // namespace

Result<SpoolImage> read_spool_image(Database& database) {
    SpoolImage image;
    if (const Status read = read_epochs(database, image.epochs); !read)
        return read.error();
    if (const Status read = read_cursors(database, image.cursors); !read)
        return read.error();
    if (const Status read = read_numbers(database, image); !read)
        return read.error();
    return image;
}

SpoolImage salvage_spool_image(Database& database) {
    SpoolImage image;
    const Status epochs = read_epochs(database, image.epochs);
    const Status cursors = read_cursors(database, image.cursors);
    const Status numbers = read_numbers(database, image);
    image.whole = image.whole && epochs && cursors && numbers;
    return image;
}

Status write_spool_image(Database& database, const SpoolImage& image) {
    if (Status emptied = database.execute("DELETE FROM epoch; DELETE FROM cursor"); !emptied)
        return emptied;
    if (Status written = write_epochs(database, image.epochs); !written)
        return written;
    if (Status written = write_cursors(database, image.cursors); !written)
        return written;
    return database.execute(fmt::format("UPDATE spool SET last_sample = {}, whole = {}", column_of(image.last_sample),
                                        image.whole ? 1 : 0));
}

Status write_cursors(Database& database, const Cursors& cursors) {
    Result<Statement> replace = database.prepare(
        "INSERT INTO cursor VALUES(?1, ?2, ?3, ?4) ON CONFLICT(consumer) DO UPDATE SET "
        "fact = excluded.fact, sample = excluded.sample, checksum = excluded.checksum");
    if (!replace)
        return replace.error();
    for (const auto& [consumer, cursor] : cursors) {
        replace->bind_text(1, consumer).bind(2, column_of(cursor.fact)).bind(3, column_of(cursor.sample));
        if (Status replaced = replace->bind(4, cursor_checksum(consumer, cursor)).run(); !replaced)
            return replaced;
    }
    return Done{};
}

Result<SpoolBytes> measure_spool(Database& database) {
    const Result<std::int64_t> samples = database.number(
        fmt::format("SELECT ifnull(sum((length(body) + {}) / {}), 0) FROM sample", page_bytes + 63, page_bytes));
    if (!samples)
        return samples.error();
    const Result<std::int64_t> series =
        database.number(fmt::format("SELECT ifnull(sum(2 * length(name) + {}), 0) FROM series", series_row_bytes));
    if (!series)
        return series.error();
    return SpoolBytes{static_cast<std::uint64_t>(samples.value()) * page_bytes,
                      static_cast<std::uint64_t>(series.value())};
}

}  // namespace noodstop::journal
