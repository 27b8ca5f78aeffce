// All counters as they stand, kept up to date from what the spool hands out: for the page of metrics, and for receivers
// that forget a series which nobody speaks of. A sample names only what changed; here is the rest.
#pragma once

#include "agent/doors/exporters/export_batch.hpp"

#include <map>
#include <utility>

namespace noodstop::exporters {

inline constexpr std::size_t board_counters_max = 250'000;
inline constexpr core::Duration end_told_for = std::chrono::minutes(10);

class CounterBoard {
public:
    // Of each counter the value with the latest time counts.
    void take(const core::SampleRun& run);
    // A resource that is gone leaves the board, its series gets an end.
    void take(const core::Fact& fact);

    // Each at its own time; without what is gone.
    std::vector<Reading> present() const;

    // As they stood at `at`, for pushing: those that have been silent since. `at` must lie so far back that no sample
    // of an earlier time is on its way, since receivers refuse what comes out of order. Ends of series are told once.
    std::vector<Reading> repeated(core::WallTime at);

    // What was gone for end_told_for at that time. To be called now and then; repeated() does it too.
    void forget_gone(core::WallTime by);

    std::size_t size() const { return counters_.size(); }
    std::uint64_t dropped_count() const { return dropped_count_; }  // for want of room

private:
    struct Held {
        core::Counter counter;
        std::optional<core::WallTime> gone_at;
    };

    using Counters = std::map<core::CounterName, Held>;
    using Resource = std::pair<core::ProviderName, core::ResourceId>;

    void take(const core::Counter& counter);

    Counters counters_;
    std::multimap<Resource, Counters::iterator> of_resources_;  // so that thousands may go in one batch
    std::uint64_t dropped_count_ = 0;
};

}  // namespace noodstop::exporters
