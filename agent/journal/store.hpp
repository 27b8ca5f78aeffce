// The store: state and journal in one SQLite file (WAL, synchronous FULL), latches in small checksummed files beside
// it. Used by one thread, the journal thread; every call may block for as long as the disk likes.
//
//   FOLDER/lock          held while the store is open: one agent a folder
//   FOLDER/noodstop.db   and -wal; held exclusively, so other programs read it only after the agent has ended
//   FOLDER/latches/      a file a zone (latch_file.hpp)
//   FOLDER/sequence      a bound of the facts' numbers (sequence_file.hpp)
//   FOLDER/noodstop.db.corrupt-..., .failed-...     databases set aside (aside_name.hpp)
//
// A failed write or sync is final for the file it happened in (PostgreSQL's lesson): the store is `dead` from then on,
// and whoever holds it opens a new generation with reopen_from_memory().
#pragma once

#include "agent/core/record.hpp"
#include "agent/journal/spool.hpp"
#include "platform/result.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace noodstop::journal {

inline constexpr std::uint32_t facts_answer_max = 100'000;  // of one query, whatever it asks for

struct FactQuery {
    core::TenantName tenant;    // empty: any
    core::ZoneName zone;        // empty: any
    std::uint64_t after = 0;    // only facts with a higher sequence
    std::uint32_t most = 1000;  // the newest so many, oldest first
};

class Store {
public:
    // Opens or creates the folder's files and locks the folder: a second agent on it is refused. What can't be read
    // is set aside under a new name and reported in recovered().problems; open fails only if the folder can't be
    // used at all, is locked, or its database is held by another program or was made by a newer version. A database
    // that can't be used now (disk full, read-only) leaves a store that is dead from the start, with the latches and
    // whatever else could be read.
    static platform::Result<Store> open(const std::string& folder);
    ~Store();
    Store(Store&&) noexcept;
    Store& operator=(Store&&) noexcept;

    const core::Recovered& recovered() const;

    // Facts and state all or nothing; durable on return. The order, and why:
    //   1. latches that are closed, each in its own file: a crash or a hanging database after this leaves a zone that
    //      comes up tripped without a record of it, which is safe; the other way round a trip could be lost;
    //   2. facts and state in one transaction with one sync;
    //   3. latches that are opened (by a reset): a crash before this leaves the zone tripped although its reset is on
    //      record, and the order is given again; the other way round a zone could be open with nobody on record.
    // Where 1 fails, 2 is tried all the same. A dead store still does 1. Latches that could not be written are kept
    // and tried again with the next write and reopening.
    //
    // An error with EFBIG, EEXIST (a fact's number is taken) or ENAMETOOLONG refuses the batch and leaves the store as
    // it was; any other makes it dead.
    platform::Status write(const core::RecordBatch& batch);
    bool dead() const;

    // After a failure: begins a new file with this state, sets the old one aside, and carries on in the new one. If
    // there is no room or no disk it fails early, changes nothing, and may be tried again as often as one likes.
    // Facts that were durable stay in the file set aside, where facts() finds them; a file without any is removed.
    platform::Status reopen_from_memory(const core::StatePieces& state, std::uint64_t last_sequence);

    // Answers from the files set aside too, as far as they are readable. A damaged fact is left out and counted.
    platform::Result<std::vector<core::RecordedFact>> facts(const FactQuery& query);
    std::uint64_t unreadable_facts() const;  // met by facts() so far

    // Deletes facts older than `before` from the oldest on, until the first that is not older or that somebody who
    // follows the spool has not acknowledged; the newest stays, so that numbers never go back. Returns how many. Works for a bounded time (generation.hpp): as long as it returns
    // more than 0 there may be more. Files set aside before `before` are removed, from the oldest on, until the first
    // that is not older by its stamp.
    platform::Result<std::uint64_t> forget_before(core::WallTime before);

    // ---- the spool (spool.hpp), once somebody follows it ----

    // Begins an epoch; to be called before the first write, and whenever others follow: then what is out is forgotten
    // and given again. Without consumers it does so only where an earlier process had some. A failure is one of the
    // file, as of write().
    platform::Status follow(SpoolOptions options);
    platform::Result<core::SpoolBatch> next_batch(const std::string& consumer, const BatchLimits& limits);
    // False: that batch is not out.
    platform::Result<bool> answered(const std::string& consumer, std::uint64_t batch, const core::HubAnswer& answer);
    bool acknowledged(const std::string& consumer, std::uint64_t batch);
    core::SpoolState spool_state(const std::string& consumer) const;
    std::vector<core::Fact> take_told();  // facts that the spool wants recorded

private:
    struct Impl;
    explicit Store(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace noodstop::journal
