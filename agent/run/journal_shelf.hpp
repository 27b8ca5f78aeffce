// The store with what its user must remember between batches: whether there is one, and how a dead one is begun anew.
// Used by one thread, the journal's; a simulation uses it the same way on a disk of its own.
#pragma once

#include "agent/journal/store.hpp"
#include "agent/run/action.hpp"

#include <optional>
#include <string>
#include <vector>

namespace noodstop::run {

struct JournalFound {
    std::vector<core::RecordedFact> facts;
    std::string problem;  // empty if the store answered
};

// What a start finds. Without a usable folder there is no store, and the path protects all the same, with what the
// latch files still tell.
struct JournalOpened {
    std::optional<journal::Store> store;
    core::Recovered recovered;
    platform::Error problem;  // why there is no store; EWOULDBLOCK: another agent works on the folder
};
JournalOpened open_journal(const std::string& folder);

class JournalShelf {
public:
    // Without a store (its folder could not be used at the start) one is opened as soon as the folder allows it. With
    // the first use of a store begins what follows its spool.
    JournalShelf(std::string folder, std::optional<journal::Store> store, std::uint64_t last_sequence,
                 journal::SpoolOptions spool = {});

    // Others follow from now on.
    void follow(journal::SpoolOptions spool);

    // A store that died is begun anew with the next batch that carries the whole state.
    platform::Status write(const Persist& persist);
    // What was closed, once, by a folder that could not be used at the start and was opened now.
    std::vector<core::Latch> take_found_latches();
    JournalFound find(const journal::FactQuery& query);
    platform::Status forget_before(core::WallTime before);

    core::BatchFound next_batch(const std::string& consumer, const journal::BatchLimits& limits);
    // False: that batch is not out. Without an answer of a hub: it was taken.
    bool batch_answered(const std::string& consumer, std::uint64_t batch, const std::optional<core::HubAnswer>& answer);
    // Facts that the spool wants recorded.
    std::vector<core::Fact> take_told();

private:
    platform::Status renew(const Persist& persist);
    void begin_following();

    std::string folder_;
    std::optional<journal::Store> store_;
    std::uint64_t last_sequence_;  // of the last fact written
    std::vector<core::Latch> found_latches_;
    journal::SpoolOptions spool_;
    bool follows_ = false;          // the present store's spool
    std::vector<core::Fact> told_;  // by a spool that others have followed
};

}  // namespace noodstop::run
