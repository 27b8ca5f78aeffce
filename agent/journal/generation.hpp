// One database file in use. A store has one at a time; after a failure it is set aside and the next one begins.
#pragma once

#include "agent/core/record.hpp"
#include "agent/journal/spool.hpp"
#include "agent/journal/tables.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace noodstop::journal {

// After so many pages the log is moved into the database: the log stays near 1 MB, and the blobs of the checkpoints,
// which are written over and over, reach the database once for many times.
inline constexpr int log_pages_max = 256;
// A batch that a stop waits for does not do that work, unless the log has grown beyond bearing.
inline constexpr int log_pages_urgent_max = 4 * log_pages_max;
// What was closed in order is checked at the start up to this size, anything else whatever its size, and at most so
// long: a start must not wait for a disk.
inline constexpr std::int64_t check_bytes_max = 64 << 20;
inline constexpr std::chrono::milliseconds check_time_max{5'000};
// Retention works in transactions of this many facts, and at most so long in one call: a trip may be waiting.
inline constexpr std::uint64_t forget_facts_max = 500;
inline constexpr std::chrono::milliseconds forget_time_max{200};
// Oldest facts go beyond this number whatever their date: a wall clock that once stood in the future must not keep
// everything for ever.
inline constexpr std::uint64_t facts_max = 2'000'000;

class Generation {
public:
    // Creates a database beside the folder's own. It has the name new_database_path() once it is whole and durable, and
    // never before; one that had that name already stays until then. `fill` adds what else it begins with.
    using Fill = std::function<platform::Status(Database&)>;
    static platform::Status create(const std::string& folder, const core::StatePieces& state, std::uint64_t base,
                                   const Fill& fill);

    // Checks and migrates. EUCLEAN or EIO: it is damaged; ENOTSUP: a newer version; else it can't be used now.
    static platform::Result<Generation> open(const std::string& path);

    struct Content {
        core::StatePieces state;
        std::uint64_t last_sequence = 0;
        std::uint64_t base = 0;
        std::optional<SpoolImage> spool;  // of what was salvaged
        std::vector<std::string> problems;
    };
    platform::Result<Content> read_content();

    // Of a database that has none yet: nullopt.
    platform::Result<std::optional<SpoolImage>> read_spool();
    // Makes the tables where there are none, and writes what the spool begins with.
    platform::Status begin_spool(Spool& spool);
    platform::Status measure(Spool& spool) { return spool.measure(database_); }

    // With the spool's share of it, if there is one.
    platform::Status write(const core::RecordBatch& batch, Spool* spool, bool has_room);
    platform::Status checkpoint_if_due(bool urgent);
    // Facts up to `passed` at most, unless there are more than facts_max.
    platform::Result<std::uint64_t> forget_before(core::WallTime before, std::uint64_t passed);
    platform::Status forget_of_spool(Spool& spool, core::WallTime before);
    platform::Status close_in_order();

    Database& database() { return database_; }

private:
    explicit Generation(Database database) : database_(std::move(database)) {}
    platform::Status in_transaction(auto&& work);
    platform::Result<SampleWriter*> sample_writer();
    platform::Result<std::uint64_t> forget_some(core::WallTime before, std::uint64_t passed);
    platform::Status shrink();

    Database database_;
    std::optional<RowWriter> writer_;  // after the database, which outlives it
    std::optional<SampleWriter> sample_writer_;
    std::vector<std::string> problems_;
};

// Opens a file that was set aside, only to read it. It may be damaged.
platform::Result<Database> open_set_aside(const std::string& path);

}  // namespace noodstop::journal
