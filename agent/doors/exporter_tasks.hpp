// All exporters of the policy, each with its own cursor in the spool, and the one board of counters that they share
// with the page of metrics.
//
// One board for all, fed by every batch that any of them is given: of each counter the value with the latest time
// counts, so that the order in which cursors feed it does not matter, nor that they feed it twice. It is never behind
// what an exporter has sent. It may be ahead of one that has much to catch up with; but figures as they stand are asked
// for only by one that has nothing to catch up with, and of those only what has been silent for a while.
#pragma once

#include "agent/doors/beat.hpp"
#include "agent/doors/board_feed.hpp"

#include <vector>

namespace noodstop::doors {

class ExporterTasks {
public:
    ExporterTasks(boost::asio::io_context& io, PathClient& path, const core::AgentPolicy& policy,
                  const ExporterTimes& times = {});

    void snapshot_came(const core::Snapshot& snapshot);
    void facts_came(const std::vector<core::RecordedFact>& facts);

    const exporters::CounterBoard& board() const { return shared_->board; }
    const std::optional<core::Snapshot>& snapshot() const { return shared_->snapshot; }
    std::vector<exporters::Reading> readings_of_exporters(core::WallTime at) const;  // about themselves

private:
    std::shared_ptr<ExportShared> shared_ = std::make_shared<ExportShared>();
    std::vector<std::unique_ptr<ExporterTask>> tasks_;
    std::unique_ptr<BoardFeed> feed_;  // where nobody else takes samples
    Beat forgetting_;
};

}  // namespace noodstop::doors
