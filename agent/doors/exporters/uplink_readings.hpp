// How the uplink stands, as readings.
#pragma once

#include "agent/core/uplink.hpp"
#include "agent/doors/exporters/reading.hpp"

namespace noodstop::exporters {

struct UplinkView {
    bool is_connected = false;
    std::optional<core::WallTime> answered;  // the last time the hub answered
    std::optional<core::SpoolState> spool;   // what waits for the hub, as the path last said
};

std::vector<Reading> readings_of(const UplinkView& uplink, core::WallTime at);

}  // namespace noodstop::exporters
