// A made-up ledger, the same for the same seed: what it charges comes out as the spool would hand it out, and its
// totals are what receivers must have in the end.
#pragma once

#include "agent/core/uplink.hpp"

#include <map>

namespace noodstop::driver {

struct LedgerOptions {
    std::uint64_t seed = 1;
    std::uint64_t samples = 40;           // in time order, `interval` apart, the last one at `end`
    std::uint64_t samples_per_batch = 7;  // and as many facts
    std::uint64_t resources = 20;
    core::Money most{999'999'999'999'999};  // no total exceeds it, and one reaches it
    core::Duration interval = std::chrono::seconds(15);
    core::WallTime end;
};

class Ledger {
public:
    explicit Ledger(const LedgerOptions& options);

    // The batch after the last acknowledged one; empty at the end.
    core::SpoolBatch next() const;
    void acknowledged(std::uint64_t batch);

    const std::map<core::CounterName, core::Counter>& totals() const { return totals_; }
    const std::vector<core::RecordedFact>& facts() const { return facts_; }

private:
    void make_sample(std::uint64_t sequence, core::WallTime at);
    void charge(core::Sample& sample, const core::CounterName& name, core::Money amount);
    std::int64_t draw(std::int64_t below);

    LedgerOptions options_;
    std::uint64_t state_;
    std::vector<core::Sample> samples_;
    std::vector<core::RecordedFact> facts_;
    std::map<core::CounterName, core::Counter> totals_;
    std::uint64_t acknowledged_ = 0;  // samples
};

}  // namespace noodstop::driver
