// The store: state and journal in one SQLite file (WAL, synchronous FULL), latches in small checksummed files beside
// it. Used by one thread, the journal thread; every call may block for as long as the disk likes.
//
// A failed write or sync is final for the file it happened in (PostgreSQL's lesson): the store is `dead` from then on,
// and whoever holds it opens a new generation with reopen_from_memory().
#pragma once

#include "agent/core/record.hpp"
#include "platform/result.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace noodstop::journal {

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
    // used at all or is locked.
    static platform::Result<Store> open(const std::string& folder);
    ~Store();
    Store(Store&&) noexcept;
    Store& operator=(Store&&) noexcept;

    const core::Recovered& recovered() const;

    // All or nothing, durable on return.
    platform::Status write(const core::RecordBatch& batch);
    bool dead() const;

    // After a failure: sets the files aside where possible and starts new ones that begin with this state. Facts that
    // were durable stay in the file set aside.
    platform::Status reopen_from_memory(const core::StatePieces& state, std::uint64_t last_sequence);

    platform::Result<std::vector<core::RecordedFact>> facts(const FactQuery& query);
    // Deletes facts older than `before`, the newest excepted; returns how many.
    platform::Result<std::uint64_t> forget_before(core::WallTime before);

private:
    struct Impl;
    explicit Store(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace noodstop::journal
