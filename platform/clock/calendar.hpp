// Where local days and months begin in an IANA time zone, as UTC.
#pragma once

#include "platform/result.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace noodstop::platform {

inline constexpr int calendar_days_each_side = 400;
inline constexpr int calendar_months_each_side = 14;

// Microseconds since 1970 (UTC), ascending, without doubles. A day begins at the first moment that carries its date:
// at 01:00 where a clock change skips midnight, at the first of two midnights where it repeats. A date that a zone
// left out altogether (Samoa, 2011-12-30) begins nowhere, so there may be one day fewer.
struct CalendarEdges {
    std::vector<std::chrono::microseconds> days;
    std::vector<std::chrono::microseconds> months;
};

// Around the local day and month of `wall_since_epoch` (UTC). Errors: a zone that the machine's time zone database
// doesn't have, no database, a moment outside of the years 1900 to 2999. "UTC" needs no database.
Result<CalendarEdges> calendar_edges(const std::string& zone, std::chrono::microseconds wall_since_epoch);

bool is_known_time_zone(const std::string& zone);

}  // namespace noodstop::platform
