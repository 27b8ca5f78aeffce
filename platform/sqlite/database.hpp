// SQLite behind a small face: one connection, prepared statements, errors as sentences that name file and cause.
// Error::number is an errno also where SQLite has codes of its own: EUCLEAN damaged, ENOSPC full, EROFS read-only,
// EBUSY in use by another program, EEXIST a key that is there already, EFBIG too big, ETIME out of time.
#pragma once

#include "platform/result.hpp"

#include <sqlite3.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace noodstop::platform {

inline constexpr int value_bytes_max = 64 << 20;  // of one text or one row of bytes

class Statement {
public:
    Statement() = default;
    explicit Statement(sqlite3_stmt* handle) : handle_(handle) {}

    // Positions count from 1. Bytes are not copied: they must live until reset().
    Statement& bind(int position, std::int64_t number);
    Statement& bind_text(int position, std::string_view text);
    Statement& bind_bytes(int position, std::string_view bytes);

    Result<bool> step();  // true: a row is there
    Status run();         // to its end, then reset
    void reset();
    bool prepared() const { return handle_ != nullptr; }

    // Columns count from 0.
    std::int64_t number(int column) const;
    std::string bytes(int column) const;

private:
    struct Finalize {
        void operator()(sqlite3_stmt* handle) const { sqlite3_finalize(handle); }
    };
    std::unique_ptr<sqlite3_stmt, Finalize> handle_;
};

class Database {
public:
    enum class Mode { create, write, read };

    // Holds the file alone (locking_mode EXCLUSIVE): no shared memory file that a full disk could turn into a SIGBUS.
    // Nothing is written by opening, and nothing by closing unless close_in_order() is called. Mode::read works on a
    // read-only disk too; Mode::write fails there with EROFS.
    static Result<Database> open(const std::string& path, Mode mode);

    Status execute(const std::string& sql);
    Result<Statement> prepare(const std::string& sql);
    Result<std::int64_t> number(const std::string& sql);  // first column of the first row; 0 without one
    Result<std::string> text(const std::string& sql);     // likewise

    // Ends what runs longer with ETIME; a zero duration ends the limit.
    void limit_time(std::chrono::milliseconds time);

    // A transaction that writes. Their statements are kept: a batch costs no parsing of them.
    Status begin();
    Status commit();
    Status roll_back() { return execute("ROLLBACK"); }

    // Moves the log into the database. Never done by SQLite itself here, since it would hide a failure and try again.
    Status checkpoint();
    int log_pages() const { return state_->log_pages; }  // at the last commit
    // Checkpoint and removal of the log, then closed: the trace of an orderly end. The statements of others must be
    // gone.
    Status close_in_order();
    bool is_read_only() const;  // by the file system, or by what the file's header says
    std::int64_t rows_changed() const;

    const std::string& path() const { return state_->path; }

private:
    struct Close {
        void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
    };
    // What SQLite's callbacks point to; stays where it is when the Database moves.
    struct State {
        std::string path;
        std::chrono::steady_clock::time_point deadline;
        int log_pages = 0;
    };
    static int is_out_of_time(void* state);
    static int note_log_pages(void* state, sqlite3*, const char*, int pages);
    Status run_kept(Statement& statement, const char* sql);
    Error error(const std::string& action) const;

    std::unique_ptr<State> state_;
    std::unique_ptr<sqlite3, Close> handle_;
    Statement begin_;
    Statement commit_;
};

// What a sync refused in another process is still seen in its log and may never come to the disk, and later syncs pass
// over it. What followed it there would be lost with it: so before a database is opened its log goes on as a new file.
Status write_log_anew(const std::string& database_path);

}  // namespace noodstop::platform
