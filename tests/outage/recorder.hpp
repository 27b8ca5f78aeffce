// What an agent records while nobody listens: facts at random moments, and counters of resources that come and go.
// Remembers all of it, to compare with.
#pragma once

#include "agent/core/record.hpp"
#include "tests/outage/outage.hpp"
#include "tests/sim/random.hpp"

#include <map>
#include <vector>

namespace noodstop::outage {

inline constexpr std::uint64_t tenant_count = 10;  // so that the hub's answers about one stay below their maximum

class Recorder {
public:
    explicit Recorder(const OutagePlan& plan);

    // The next minute, or whatever the interval is: a batch for the journal.
    core::RecordBatch next(core::WallTime now);
    // Facts that the spool wants recorded, with the next batch.
    void add(std::vector<core::Fact> told);
    // A last batch without counters, so that what was told is recorded.
    core::RecordBatch last(core::WallTime now);

    const std::map<std::uint64_t, core::Fact>& facts() const { return facts_; }
    const std::map<core::CounterName, core::Money>& totals() const { return totals_; }

private:
    void grow();
    void replace_some();
    void draw_facts();
    core::RecordBatch batch(core::WallTime now);
    core::CounterName new_resource();

    OutagePlan plan_;
    sim::Random random_;
    std::map<core::CounterName, core::Money> live_;
    std::map<core::CounterName, core::Money> totals_;  // the last that was told of each, also of those that ended
    std::map<std::uint64_t, core::Fact> facts_;
    std::vector<core::Fact> waiting_;
    std::uint64_t resources_named_ = 0;
    std::uint64_t facts_named_ = 0;
};

}  // namespace noodstop::outage
