#include "agent/journal/generation.hpp"

#include "agent/journal/folder.hpp"
#include "agent/journal/schema.hpp"
#include "platform/file/file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <limits>

namespace noodstop::journal {
namespace {

using platform::Done;
using platform::Error;
using platform::Result;
using platform::Status;

std::uint64_t file_size_of(const std::string& path) {
    const Result<std::uint64_t> size = platform::file_size(path);
    return size ? size.value() : 0;
}

Status write_first_state(Database& database, const core::StatePieces& state) {
    Result<RowWriter> writer = RowWriter::prepare(database);
    if (!writer)
        return writer.error();
    if (Status begun = database.begin(); !begun)
        return begun;
    if (Status written = writer->write_state(state); !written)
        return written;
    return database.commit();
}

Status fill_new(const std::string& path, const core::StatePieces& state, std::uint64_t base,
                const Generation::Fill& fill) {
    Result<Database> database = Database::open(path, Database::Mode::create);
    if (!database)
        return database.error();
    // Nobody needs it before it is whole: one sync at its end does.
    if (Status set = database->execute("PRAGMA synchronous = OFF"); !set)
        return set;
    if (Status created = create_tables(*database, base); !created)
        return created;
    if (Status written = write_first_state(*database, state); !written)
        return written;
    if (Status filled = fill ? fill(*database) : Status(Done{}); !filled)
        return filled;
    if (Status closed = database->close_in_order(); !closed)
        return closed;
    (void)platform::set_mode(path, 0600);  // the log takes its mode from the database
    return platform::sync_file(path);
}

Status check(Database& database, std::vector<std::string>& problems) {
    const bool closed_in_order = file_size_of(database.path() + "-wal") == 0;
    if (closed_in_order && file_size_of(database.path()) > static_cast<std::uint64_t>(check_bytes_max))
        return Done{};
    database.limit_time(check_time_max);
    const Result<std::string> answer = database.text("PRAGMA quick_check(1)");
    database.limit_time(std::chrono::milliseconds(0));
    if (!answer && answer.error().number == ETIME) {
        problems.push_back(
            fmt::format("{} was not checked to its end in {} s", database.path(), check_time_max.count() / 1000));
        return Done{};
    }
    if (!answer)
        return answer.error();
    if (answer.value() != "ok")
        return Error{EUCLEAN, fmt::format("cannot use {}: {}", database.path(), answer.value())};
    return Done{};
}

// Also when an exception leaves the transaction. SQLite may have rolled back already; doing so writes nothing.
struct RollbackUnlessCommitted {
    Database& database;
    bool needed = true;
    ~RollbackUnlessCommitted() {
        if (needed)
            (void)database.roll_back();
    }
};

Status refuse_what_does_not_fit(const core::RecordBatch& batch) {
    constexpr std::size_t most = platform::value_bytes_max / 2;
    for (const auto& [key, body] : batch.state) {
        if (key.size() + body.size() > most)
            return Error{EFBIG, fmt::format("cannot write state {}: longer than {} bytes", key.substr(0, 80), most)};
    }
    for (const core::RecordedFact& fact : batch.facts) {
        std::size_t size = 0;
        for (const core::FactField& field : fact.fact.fields)
            size += field.name.size() + field.value.size() + 44;
        if (size > most || fact.sequence > std::numeric_limits<std::int64_t>::max())
            return Error{EFBIG, fmt::format("cannot write fact {}: it or its number is too large", fact.sequence)};
    }
    return Done{};
}

}  // namespace

Status Generation::create(const std::string& folder, const core::StatePieces& state, std::uint64_t base,
                          const Fill& fill) {
    const std::string unfinished = unfinished_database_path(folder);
    if (Status removed = remove_durably(unfinished); !removed)
        return removed;
    Status filled = fill_new(unfinished, state, base, fill);
    if (filled)
        filled = platform::rename_durably(unfinished, new_database_path(folder));
    if (!filled)
        (void)remove_durably(unfinished);  // the space it took is wanted
    return filled;
}

Result<Generation> Generation::open(const std::string& path) {
    Result<Database> database = Database::open(path, Database::Mode::write);
    if (!database)
        return database.error();
    Generation generation(std::move(*database));
    if (Status current = bring_up_to_date(generation.database_); !current)
        return current.error();
    const Result<std::string> mode = generation.database_.text("PRAGMA journal_mode = WAL");
    if (!mode)
        return mode.error();
    if (mode.value() != "wal" || generation.database_.is_read_only())
        return Error{EUCLEAN, fmt::format("cannot use {}: it does not take a write-ahead log", path)};
    if (Status checked = check(generation.database_, generation.problems_); !checked)
        return checked.error();
    return generation;
}

Result<Generation::Content> Generation::read_content() {
    StateRead state = read_state(database_);
    if (!state.end)
        return state.end.error();
    const Result<SequenceRange> sequences = read_sequences(database_);
    if (!sequences)
        return sequences.error();
    Content content{std::move(state.pieces), sequences->last, sequences->base, std::nullopt, problems_};
    for (const std::string& key : state.damaged)
        content.problems.push_back(fmt::format("state {} in {} was damaged and is dropped", key, database_.path()));
    return content;
}

Status Generation::in_transaction(auto&& work) {
    if (Status begun = database_.begin(); !begun)
        return begun;
    RollbackUnlessCommitted rollback{database_};
    if (Status done = work(); !done)
        return done;
    Status committed = database_.commit();
    rollback.needed = !committed;
    return committed;
}

Result<std::optional<SpoolImage>> Generation::read_spool() {
    const Result<bool> has = has_spool_tables(database_);
    if (!has)
        return has.error();
    if (!has.value())
        return std::optional<SpoolImage>();
    Result<SpoolImage> image = read_spool_image(database_);
    if (!image)
        return image.error();
    return std::optional<SpoolImage>(std::move(*image));
}

Status Generation::begin_spool(Spool& spool) {
    const Result<bool> has = has_spool_tables(database_);
    if (!has)
        return has.error();
    const Status begun = in_transaction([&]() -> Status {
        if (Status made = has.value() ? Status(Done{}) : add_spool_tables(database_); !made)
            return made;
        return spool.write_image(database_);
    });
    if (!begun)
        return begun;
    spool.image_written();
    return spool.measure(database_);
}

Result<SampleWriter*> Generation::sample_writer() {
    if (!sample_writer_) {
        Result<SampleWriter> writer = SampleWriter::prepare(database_);
        if (!writer)
            return writer.error();
        sample_writer_ = std::move(*writer);
    }
    return &*sample_writer_;
}

Status Generation::write(const core::RecordBatch& batch, Spool* spool, bool has_room) {
    if (Status fits = refuse_what_does_not_fit(batch); !fits)
        return fits;
    if (!writer_) {
        Result<RowWriter> writer = RowWriter::prepare(database_);
        if (!writer)
            return writer.error();
        writer_ = std::move(*writer);
    }
    Spool::Written spooled;
    const auto write_spool = [&]() -> Status {
        const Result<SampleWriter*> writer = sample_writer();
        if (!writer)
            return writer.error();
        Result<Spool::Written> written = spool->write(database_, *writer.value(), batch, has_room);
        if (!written)
            return written.error();
        spooled = std::move(*written);
        return Done{};
    };
    Status done = in_transaction([&]() -> Status {
        if (Status facts = writer_->write_facts(batch.facts); !facts)
            return facts;
        if (Status state = writer_->write_state(batch.state); !state || spool == nullptr)
            return state;
        return write_spool();
    });
    if (done && spool != nullptr)
        spool->committed(spooled);
    return done;
}

Status Generation::close_in_order() {
    writer_.reset();
    sample_writer_.reset();
    return database_.close_in_order();
}

Status Generation::checkpoint_if_due(bool urgent) {
    if (database_.log_pages() < (urgent ? log_pages_urgent_max : log_pages_max))
        return Done{};
    return database_.checkpoint();
}

Result<std::uint64_t> Generation::forget_before(core::WallTime before, std::uint64_t passed) {
    const auto until = std::chrono::steady_clock::now() + forget_time_max;
    std::uint64_t forgotten = 0;
    for (;;) {
        const Result<std::uint64_t> some = forget_some(before, passed);
        if (!some)
            return some;
        forgotten += some.value();
        if (some.value() < forget_facts_max || std::chrono::steady_clock::now() > until)
            return forgotten;
    }
}

Status Generation::forget_of_spool(Spool& spool, core::WallTime before) {
    return in_transaction([&] { return spool.forget_before(database_, before); });
}

Result<std::uint64_t> Generation::forget_some(core::WallTime before, std::uint64_t passed) {
    const Result<std::int64_t> count = database_.number("SELECT max(sequence) - min(sequence) + 1 FROM fact");
    if (!count)
        return count.error();
    if (count.value() > static_cast<std::int64_t>(facts_max)) {
        before = core::WallTime{core::Duration::max()};
        passed = std::numeric_limits<std::uint64_t>::max();
    }
    std::uint64_t forgotten = 0;
    const Status done = in_transaction([&]() -> Status {
        const Result<std::uint64_t> deleted = delete_oldest(database_, {before, passed, forget_facts_max});
        forgotten = deleted ? deleted.value() : 0;
        return deleted ? shrink() : Status(deleted.error());
    });
    if (!done)
        return done.error();
    if (Status checkpointed = checkpoint_if_due(false); !checkpointed)
        return checkpointed.error();
    return forgotten;
}

// Gives free pages back to the file system, a bounded number at a time.
Status Generation::shrink() {
    Result<Statement> vacuum = database_.prepare("PRAGMA incremental_vacuum(256)");
    return vacuum ? vacuum->run() : Status(vacuum.error());
}

Result<Database> open_set_aside(const std::string& path) {
    return Database::open(path, Database::Mode::read);
}

}  // namespace noodstop::journal
