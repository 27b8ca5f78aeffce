#include "platform/sqlite/database.hpp"

#include "platform/file/file.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>

namespace noodstop::platform {
namespace {

constexpr int busy_timeout_milliseconds = 2'000;
constexpr int steps_between_looks_at_the_clock = 10'000;
constexpr std::size_t log_bytes_max = 64 << 20;  // it is moved into the database at a tenth of that
constexpr unsigned log_mode = 0600;

int system_number(sqlite3* handle) {
    const int number = sqlite3_system_errno(handle);
    return number != 0 ? number : EIO;
}

int number_of(sqlite3* handle) {
    switch (sqlite3_errcode(handle) & 0xFF) {
        case SQLITE_FULL:
            return ENOSPC;
        case SQLITE_READONLY:
            return EROFS;
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            return EBUSY;
        case SQLITE_NOMEM:
            return ENOMEM;
        case SQLITE_CONSTRAINT:
            return EEXIST;
        case SQLITE_TOOBIG:
            return EFBIG;
        case SQLITE_INTERRUPT:
            return ETIME;
        case SQLITE_CANTOPEN:
            return EAGAIN;  // of an open database: a file beside it, for which there was no room
        case SQLITE_IOERR:
            return system_number(handle);
        default:  // also "no such table": what should be there is not
            return EUCLEAN;
    }
}

Error error_of(sqlite3* handle, const std::string& action, const char* path) {
    const int number = number_of(handle);
    const bool of_system = (sqlite3_errcode(handle) & 0xFF) == SQLITE_IOERR && sqlite3_system_errno(handle) != 0;
    return {number, fmt::format("cannot {} {}: {}{}{}", action, path, sqlite3_errmsg(handle), of_system ? ", " : "",
                                of_system ? std::strerror(number) : "")};
}

// The default VFS without its locks, by the name that SQLite gives it ("unix-none"); nullptr: there is none.
sqlite3_vfs* without_locks() {
    const sqlite3_vfs* usual = sqlite3_vfs_find(nullptr);
    return usual == nullptr ? nullptr : sqlite3_vfs_find(fmt::format("{}-none", usual->zName).c_str());
}

// A path as the URI of a file that nobody changes: SQLite then needs no log beside it, and makes none.
std::string immutable_uri(const std::string& path) {
    std::string uri = "file:";
    for (const char byte : path) {
        if (std::strchr("?#%", byte) != nullptr)
            uri += fmt::format("%{:02x}", static_cast<unsigned char>(byte));
        else
            uri += byte;
    }
    return uri + "?immutable=1";
}

// Reading takes no locks, so that it works on a read-only disk too; the folder's lock keeps others out.
int open_file(const std::string& path, Database::Mode mode, sqlite3** handle) {
    constexpr int common = SQLITE_OPEN_NOMUTEX;
    switch (mode) {
        case Database::Mode::create:
            return sqlite3_open_v2(path.c_str(), handle, common | SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nullptr);
        case Database::Mode::write:
            return sqlite3_open_v2(path.c_str(), handle, common | SQLITE_OPEN_READWRITE, nullptr);
        case Database::Mode::read:
            break;
    }
    if (exists(path + "-wal")) {
        const sqlite3_vfs* lockless = without_locks();
        return sqlite3_open_v2(path.c_str(), handle, common | SQLITE_OPEN_READONLY,
                               lockless == nullptr ? nullptr : lockless->zName);
    }
    return sqlite3_open_v2(immutable_uri(path).c_str(), handle, common | SQLITE_OPEN_READONLY | SQLITE_OPEN_URI,
                           nullptr);
}

// A damaged file must not run code (defensive, no triggers), and a dead one must not be synced again by closing it.
void configure(sqlite3* handle) {
    sqlite3_extended_result_codes(handle, 1);
    sqlite3_busy_timeout(handle, busy_timeout_milliseconds);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_VIEW, 0, nullptr);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    sqlite3_limit(handle, SQLITE_LIMIT_LENGTH, value_bytes_max);
}

}  // namespace

Statement& Statement::bind(int position, std::int64_t number) {
    sqlite3_bind_int64(handle_.get(), position, number);
    return *this;
}

// A value that is too big stays unbound (NULL), which the tables' NOT NULL then refuses.
Statement& Statement::bind_text(int position, std::string_view text) {
    sqlite3_bind_text64(handle_.get(), position, text.empty() ? "" : text.data(), text.size(), SQLITE_STATIC,
                        SQLITE_UTF8);
    return *this;
}

Statement& Statement::bind_bytes(int position, std::string_view bytes) {
    sqlite3_bind_blob64(handle_.get(), position, bytes.empty() ? "" : bytes.data(), bytes.size(), SQLITE_STATIC);
    return *this;
}

Result<bool> Statement::step() {
    const int code = sqlite3_step(handle_.get());
    if (code == SQLITE_ROW || code == SQLITE_DONE)
        return code == SQLITE_ROW;
    sqlite3* handle = sqlite3_db_handle(handle_.get());
    return error_of(handle, sqlite3_stmt_readonly(handle_.get()) != 0 ? "read" : "write",
                    sqlite3_db_filename(handle, "main"));
}

Status Statement::run() {
    for (;;) {
        const Result<bool> row = step();
        if (row && row.value())
            continue;
        reset();
        return row ? Status(Done{}) : Status(row.error());
    }
}

void Statement::reset() {
    sqlite3_reset(handle_.get());
    sqlite3_clear_bindings(handle_.get());
}

std::int64_t Statement::number(int column) const {
    return sqlite3_column_int64(handle_.get(), column);
}

std::string Statement::bytes(int column) const {
    const void* data = sqlite3_column_blob(handle_.get(), column);
    const int size = sqlite3_column_bytes(handle_.get(), column);
    return data == nullptr ? std::string()
                           : std::string(static_cast<const char*>(data), static_cast<std::size_t>(size));
}

int Database::is_out_of_time(void* state) {
    return std::chrono::steady_clock::now() > static_cast<State*>(state)->deadline ? 1 : 0;
}

int Database::note_log_pages(void* state, sqlite3*, const char*, int pages) {
    static_cast<State*>(state)->log_pages = pages;
    return SQLITE_OK;
}

Result<Database> Database::open(const std::string& path, Mode mode) {
    Database database;
    database.state_ = std::make_unique<State>(State{path, {}, 0});
    sqlite3* handle = nullptr;
    const int code = open_file(path, mode, &handle);
    database.handle_.reset(handle);
    if (handle == nullptr)
        return Error{ENOMEM, fmt::format("cannot open {}: out of memory", path)};
    if (code != SQLITE_OK) {
        Error problem = database.error("open");
        if ((code & 0xFF) == SQLITE_CANTOPEN)
            problem.number = system_number(handle);
        return problem;
    }
    if (mode == Mode::write && database.is_read_only())
        return Error{EROFS, fmt::format("cannot open {} for writing: it, or its disk, is read-only", path)};
    configure(handle);
    sqlite3_wal_hook(handle, note_log_pages, database.state_.get());
    const char* pragmas =
        "PRAGMA locking_mode=EXCLUSIVE; PRAGMA cell_size_check=ON; PRAGMA cache_size=-512;"
        "PRAGMA synchronous=FULL; PRAGMA temp_store=MEMORY; PRAGMA secure_delete=OFF;"
        "PRAGMA journal_size_limit=1048576;";
    if (Status set = database.execute(pragmas); !set)
        return set.error();
    return database;
}

Status Database::execute(const std::string& sql) {
    if (sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
        return error("write");
    return Done{};
}

Status Database::run_kept(Statement& statement, const char* sql) {
    if (!statement.prepared()) {
        Result<Statement> prepared = prepare(sql);
        if (!prepared)
            return prepared.error();
        statement = std::move(*prepared);
    }
    return statement.run();
}

Status Database::begin() {
    return run_kept(begin_, "BEGIN IMMEDIATE");
}

Status Database::commit() {
    return run_kept(commit_, "COMMIT");
}

Result<Statement> Database::prepare(const std::string& sql) {
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v3(handle_.get(), sql.c_str(), -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr) != SQLITE_OK)
        return error("read");
    return Statement(statement);
}

Result<std::int64_t> Database::number(const std::string& sql) {
    Result<Statement> statement = prepare(sql);
    if (!statement)
        return statement.error();
    const Result<bool> row = statement->step();
    if (!row)
        return row.error();
    return row.value() ? statement->number(0) : 0;
}

Result<std::string> Database::text(const std::string& sql) {
    Result<Statement> statement = prepare(sql);
    if (!statement)
        return statement.error();
    const Result<bool> row = statement->step();
    if (!row)
        return row.error();
    return row.value() ? statement->bytes(0) : std::string();
}

void Database::limit_time(std::chrono::milliseconds time) {
    state_->deadline = std::chrono::steady_clock::now() + time;
    const bool limited = time.count() > 0;
    sqlite3_progress_handler(handle_.get(), limited ? steps_between_looks_at_the_clock : 0,
                             limited ? is_out_of_time : nullptr, state_.get());
}

Status Database::checkpoint() {
    if (sqlite3_wal_checkpoint_v2(handle_.get(), "main", SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr) != SQLITE_OK)
        return error("write");
    state_->log_pages = 0;
    return Done{};
}

Status Database::close_in_order() {
    if (sqlite3_wal_checkpoint_v2(handle_.get(), "main", SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr) != SQLITE_OK)
        return error("write");
    sqlite3_db_config(handle_.get(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, nullptr);
    begin_ = Statement();
    commit_ = Statement();
    handle_.reset();
    return Done{};
}

bool Database::is_read_only() const {
    return sqlite3_db_readonly(handle_.get(), "main") == 1;
}

std::int64_t Database::rows_changed() const {
    return sqlite3_changes64(handle_.get());
}

Error Database::error(const std::string& action) const {
    return error_of(handle_.get(), action, state_->path.c_str());
}

Status write_log_anew(const std::string& database_path) {
    const std::string log = database_path + "-wal";
    if (!exists(log))
        return Done{};
    const Result<std::string> content = read_file(log, log_bytes_max);
    if (!content)
        return content.error();
    if (content.value().empty())
        return Done{};
    Status replaced = replace_file_durably(log, content.value(), log_mode);
    if (!replaced)
        (void)remove_file(log + ".new");  // the next attempt syncs a file in which no sync has failed
    return replaced;
}

}  // namespace noodstop::platform
