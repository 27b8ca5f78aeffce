#include "agent/doors/exporters/present_readings.hpp"

#include "agent/doors/exporters/snapshot_readings.hpp"

namespace noodstop::exporters {

std::vector<Reading> present_readings(const core::Snapshot& snapshot, CounterBoard& board,
                                      const PresentOptions& options) {
    std::vector<Reading> readings = board.repeated(options.now - repeat_lag);
    for (Reading& reading : readings_of(snapshot, options.version))
        if (reading.figure != Figure::limit_used_cost)
            readings.push_back(std::move(reading));
    return readings;
}

}  // namespace noodstop::exporters
