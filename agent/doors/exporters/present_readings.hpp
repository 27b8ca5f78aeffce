// Everything as it stands, for receivers to whom nothing new was told for a while: they forget series that are silent,
// and may have refused the last sample of a counter that no longer changes.
#pragma once

#include "agent/core/snapshot.hpp"
#include "agent/doors/exporters/counter_board.hpp"

namespace noodstop::exporters {

// Counters are dated so far back. A sample that takes longer from the path to a receiver comes out of order, and a
// receiver may refuse the request it is in.
inline constexpr core::Duration repeat_lag = std::chrono::minutes(1);

struct PresentOptions {
    core::WallTime now;
    std::string version;  // of the agent
};

// Counters that were silent for `repeat_lag`, and what the snapshot shows at its own time. What both know comes from
// the counters alone, so that one series never has two sources.
std::vector<Reading> present_readings(const core::Snapshot& snapshot, CounterBoard& board,
                                      const PresentOptions& options);

}  // namespace noodstop::exporters
