// Keeps what must become durable and what waits for it: numbers facts, puts them into batches, and holds back steps
// and replies until their batch is durable or the durability deadline has passed (DESIGN.md 3).
//
//   waiting --send--> in flight --persisted(ok)--> durable, what it held goes
//      ^------------- persisted(failed): the store is dead; the next batch carries the whole state
//
// At most one batch is in flight and one is waiting, so that memory stays bounded while a disk hangs.
#pragma once

#include "agent/core/effect.hpp"

#include <map>
#include <optional>
#include <vector>

namespace noodstop::run {

inline constexpr std::size_t facts_waiting_max = 10'000;  // beyond it facts are counted and summarized
inline constexpr core::Duration fact_wait_max = std::chrono::seconds(1);
inline constexpr core::Duration persist_patience = std::chrono::seconds(1);  // then nobody calls it durable
inline constexpr core::Duration persist_retry_first = std::chrono::milliseconds(100);
inline constexpr core::Duration persist_retry_max = std::chrono::seconds(5);

struct Released {
    std::vector<core::StepOrder> steps;
    std::vector<core::OrderReply> replies;
};

class BatchKeeper {
public:
    explicit BatchKeeper(std::uint64_t last_sequence) : last_sequence_(last_sequence) {}

    // Takes facts, state, latches, steps and replies out of `effects`; returns the facts with their numbers. Steps
    // and replies are held for `deadline` at most. `now` is time since boot here and below.
    std::vector<core::RecordedFact> add(core::Effects& effects, core::Duration now, core::Duration deadline);

    // Whether a batch should leave now. It then leaves by send(), after the caller has stepped the summaries in and,
    // where needs_whole_state(), with all of the engine's state.
    bool ready(core::Duration now) const;
    bool needs_whole_state() const { return failed_; }
    bool something_waits() const {
        return !waiting_.held.empty();
    }  // a step or a reply, for the batch that leaves next
    std::map<core::FactKind, std::uint64_t> take_summarized();
    core::RecordBatch send(core::Duration now);
    core::RecordBatch send(core::Duration now, core::StatePieces whole_state);
    bool sending_possible(core::Duration now) const { return !in_flight_ && now >= retry_at_; }

    void persisted(std::uint64_t batch_number, bool ok, core::Duration now);

    // What may go now.
    Released release(core::Duration now);

    // False while a decision is held in memory only, or the disk keeps one waiting for too long.
    bool durable() const;
    std::uint64_t last_sequence() const { return last_sequence_; }
    core::Duration next_within(core::Duration now) const;

private:
    struct Held {
        Released content;
        core::Duration release_at{0};
    };
    struct Kept {
        core::RecordBatch batch;
        std::vector<Held> held;
        core::Duration since{0};  // waiting: when its first content came; in flight: when it was sent
        bool pressing = false;    // leaves at once
        bool late = false;        // something went on without it
    };

    void hold(core::Effects& effects, core::Duration now, core::Duration deadline);
    void take_back_in_flight();
    void release_late(Kept& kept, core::Duration now, core::Duration patience);
    std::size_t facts_kept() const;

    std::uint64_t last_sequence_;
    std::uint64_t last_batch_ = 0;
    Kept waiting_;
    std::optional<Kept> in_flight_;
    Released released_;
    std::map<core::FactKind, std::uint64_t> summarized_;
    bool failed_ = false;
    core::Duration retry_at_{0};
    core::Duration retry_delay_{0};
};

}  // namespace noodstop::run
