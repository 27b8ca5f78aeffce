// A history of facts and totals that is all there from the beginning, handed out as a spool does: what was acknowledged
// is over, and where the hub lacks something it goes back.
#pragma once

#include "agent/doors/uplink_session.hpp"

namespace noodstop::test {

struct MadeUpHistory {
    std::uint64_t epoch = 1;
    std::uint64_t line = 1;
    std::uint64_t entries = 100;  // of each lane; the total of sample n is n
    std::uint64_t batch_max = 16;
};

class MadeUpSpool {
public:
    explicit MadeUpSpool(const MadeUpHistory& history) : history_(history) {}

    core::SpoolBatch next(const doors::UplinkSizes& sizes);
    void answered(const core::HubAnswer& answer);  // of the last batch
    bool is_done() const { return facts_here_ == history_.entries && samples_here_ == history_.entries; }

private:
    core::RunBounds bounds(std::uint64_t here, std::uint64_t most) const;
    std::uint64_t here_after(const core::LaneAnswer& answer, const core::RunBounds& run, std::uint64_t here) const;

    MadeUpHistory history_;
    std::uint64_t facts_here_ = 0;  // at the hub
    std::uint64_t samples_here_ = 0;
    std::uint64_t number_ = 0;
    core::SpoolBatch last_;
};

}  // namespace noodstop::test
