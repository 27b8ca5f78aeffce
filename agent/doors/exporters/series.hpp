// Readings put together as series: what every format writes one after the other.
#pragma once

#include "agent/doors/exporters/reading.hpp"

namespace noodstop::exporters {

struct SeriesPoint {
    std::int64_t raw = 0;
    core::WallTime at;
    std::optional<core::WallTime> since;
    bool ended = false;
};

// The figure, then the labels, tell series apart.
struct Series {
    Figure figure = Figure::agent;
    std::vector<Label> labels;
    std::vector<SeriesPoint> points;  // by time, ascending
};

// In the order of the catalogue, then of the labels. Of two readings of one series that `step` can't tell apart in
// time, the later one in the list counts.
std::vector<Series> series_of(const std::vector<Reading>& readings, core::Duration step);

}  // namespace noodstop::exporters
