// What the shell reads from the machine's clocks for one step, and the calendar it computes from the time zone.
#pragma once

#include "agent/core/units.hpp"

#include <vector>

namespace noodstop::core {

struct ClockReading {
    std::string boot_id;        // changes with every boot
    Duration since_boot{0};     // CLOCK_BOOTTIME: counts suspend
    WallTime wall;              // CLOCK_REALTIME
    bool synchronized = false;  // the kernel holds the wall clock for disciplined (adjtimex)
};

// Where days and months begin in the configured zone, ascending, around a moment. The engine never computes a
// date; outside the table no calendar window advances.
struct Calendar {
    std::vector<WallTime> days;
    std::vector<WallTime> months;
    bool operator==(const Calendar&) const = default;
};

}  // namespace noodstop::core
