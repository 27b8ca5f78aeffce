// What a snapshot says, as readings: the gauges, states and counters of agent, providers, zones and limits.
#pragma once

#include "agent/core/snapshot.hpp"
#include "agent/doors/exporters/reading.hpp"

namespace noodstop::exporters {

// `version` is the agent's. The readings are of the snapshot's wall time.
std::vector<Reading> readings_of(const core::Snapshot& snapshot, const std::string& version);

}  // namespace noodstop::exporters
