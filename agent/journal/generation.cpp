#include "agent/journal/generation.hpp"

#include "agent/journal/folder.hpp"
#include "agent/journal/schema.hpp"
#include "platform/file/file.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <limits>

namespace noodstop::journal {
namespace {

using platform::Done;
using platform::Error;
using platform::Result;
using platform::Status;

std::uintmax_t size_of(const std::string& path) {
    std::error_code error;
    const std::uintmax_t size = std::filesystem::file_size(path, error);
    return error ? 0 : size;
}

Status fill_new(const std::string& path, const core::StatePieces& state, std::uint64_t base) {
    Result<Database> database = Database::open(path, Database::Mode::create);
    if (!database)
        return database.error();
    // Nobody needs it before it is whole: one sync at its end does.
    if (Status set = database->execute("PRAGMA synchronous = OFF"); !set)
        return set;
    if (Status created = create_tables(*database, base); !created)
        return created;
    if (Status written = database->execute("BEGIN"); !written)
        return written;
    if (Status written = write_state(*database, state); !written)
        return written;
    if (Status written = database->execute("COMMIT"); !written)
        return written;
    if (Status closed = database->close_in_order(); !closed)
        return closed;
    (void)::chmod(path.c_str(), 0600);  // the log takes its mode from the database
    return sync_file(path);
}

Status check(Database& database, std::vector<std::string>& problems) {
    const bool closed_in_order = size_of(database.path() + "-wal") == 0;
    if (closed_in_order && size_of(database.path()) > static_cast<std::uintmax_t>(check_bytes_max))
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
            (void)database.execute("ROLLBACK");
    }
};

Status refuse_what_does_not_fit(const core::RecordBatch& batch) {
    constexpr std::size_t most = value_bytes_max / 2;
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

Status Generation::create(const std::string& path, const core::StatePieces& state, std::uint64_t base) {
    const std::string fresh = path + ".new";
    if (Status removed = remove_durably(fresh); !removed)
        return removed;
    Status filled = fill_new(fresh, state, base);
    if (!filled)
        (void)remove_durably(fresh);  // the space it took is wanted
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
    const Result<std::uint64_t> base = read_base(database_);
    const Result<std::uint64_t> last = read_last_sequence(database_);
    if (!base || !last)
        return base ? last.error() : base.error();
    Content content{std::move(state.pieces), last.value(), base.value(), problems_};
    for (const std::string& key : state.damaged)
        content.problems.push_back(fmt::format("state {} in {} was damaged and is dropped", key, database_.path()));
    return content;
}

Status Generation::in_transaction(auto&& work) {
    if (Status begun = database_.execute("BEGIN IMMEDIATE"); !begun)
        return begun;
    RollbackUnlessCommitted rollback{database_};
    if (Status done = work(); !done)
        return done;
    Status committed = database_.execute("COMMIT");
    rollback.needed = !committed;
    return committed;
}

Status Generation::write(const core::RecordBatch& batch) {
    if (Status fits = refuse_what_does_not_fit(batch); !fits)
        return fits;
    return in_transaction([&]() -> Status {
        if (Status facts = write_facts(database_, batch.facts); !facts)
            return facts;
        return write_state(database_, batch.state);
    });
}

Status Generation::checkpoint_if_due(bool urgent) {
    if (database_.log_pages() < (urgent ? log_pages_urgent_max : log_pages_max))
        return Done{};
    return database_.checkpoint();
}

Result<std::uint64_t> Generation::forget_before(core::WallTime before) {
    const auto until = std::chrono::steady_clock::now() + forget_time_max;
    std::uint64_t forgotten = 0;
    for (;;) {
        const Result<std::uint64_t> some = forget_some(before);
        if (!some)
            return some;
        forgotten += some.value();
        if (some.value() < forget_facts_max || std::chrono::steady_clock::now() > until)
            return forgotten;
    }
}

Result<std::uint64_t> Generation::forget_some(core::WallTime before) {
    const Result<std::int64_t> count = database_.number("SELECT max(sequence) - min(sequence) + 1 FROM fact");
    if (!count)
        return count.error();
    if (count.value() > static_cast<std::int64_t>(facts_max))
        before = core::WallTime{core::Duration::max()};
    std::uint64_t forgotten = 0;
    const Status done = in_transaction([&]() -> Status {
        const Result<std::uint64_t> deleted = delete_oldest(database_, before, forget_facts_max);
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
