#include "platform/clock/calendar.hpp"

#include <date/date.h>
#include <date/tz.h>
#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <functional>

namespace noodstop::platform {
namespace {

using std::chrono::microseconds;
using LocalMoment = date::local_time<microseconds>;
using UtcMoment = date::sys_time<microseconds>;

constexpr date::sys_days earliest_center = date::sys_days(date::year(1900) / date::January / 1);
constexpr date::sys_days latest_center = date::sys_days(date::year(3000) / date::January / 1);

// How a zone translates; "UTC" does without the database, which small appliances may lack.
struct Zone {
    std::function<LocalMoment(UtcMoment)> local;
    std::function<UtcMoment(LocalMoment)> utc;
};

Zone utc_zone() {
    return {[](UtcMoment moment) { return LocalMoment(moment.time_since_epoch()); },
            [](LocalMoment moment) { return UtcMoment(moment.time_since_epoch()); }};
}

UtcMoment first_moment_at_or_after(const date::time_zone& zone, LocalMoment moment) {
    const date::local_info info = zone.get_info(moment);
    if (info.result == date::local_info::nonexistent)
        return info.first.end;  // the clock change itself is the first moment behind the gap
    return UtcMoment(moment.time_since_epoch()) - info.first.offset;  // of two moments the earlier one
}

// Throws what the library throws.
Zone database_zone(const std::string& name) {
    const date::time_zone* zone = date::locate_zone(name);
    return {[zone](UtcMoment moment) { return zone->to_local(moment); },
            [zone](LocalMoment moment) { return first_moment_at_or_after(*zone, moment); }};
}

// The library takes any file below the database's folder for a zone name; ours are plain IANA names.
bool looks_like_a_zone_name(const std::string& name) {
    const auto plain = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
               c == '+' || c == '/';
    };
    return !name.empty() && name.size() <= 64 && name.front() != '/' && std::all_of(name.begin(), name.end(), plain);
}

Result<Zone> find_zone(const std::string& name) {
    if (name == "UTC")
        return utc_zone();
    if (!looks_like_a_zone_name(name))
        return Error{0, fmt::format("\"{}\" is not the name of a time zone", name)};
    try {
        return database_zone(name);
    } catch (const std::exception& exception) {
        return Error{0, fmt::format("the time zone \"{}\" is not known: {}", name, exception.what())};
    }
}

void sort_without_doubles(std::vector<microseconds>& moments) {
    std::sort(moments.begin(), moments.end());
    moments.erase(std::unique(moments.begin(), moments.end()), moments.end());
}

microseconds begin_of(const Zone& zone, date::local_days day) {
    return zone.utc(LocalMoment(day)).time_since_epoch();
}

CalendarEdges edges_around(const Zone& zone, UtcMoment center) {
    const date::local_days today = date::floor<date::days>(zone.local(center));
    const date::year_month_day date_today(today);
    const date::year_month month_today = date_today.year() / date_today.month();
    CalendarEdges edges;
    for (int offset = -calendar_days_each_side; offset <= calendar_days_each_side; ++offset)
        edges.days.push_back(begin_of(zone, today + date::days(offset)));
    for (int offset = -calendar_months_each_side; offset <= calendar_months_each_side; ++offset)
        edges.months.push_back(begin_of(zone, date::local_days((month_today + date::months(offset)) / 1)));
    sort_without_doubles(edges.days);
    sort_without_doubles(edges.months);
    return edges;
}

}  // namespace

Result<CalendarEdges> calendar_edges(const std::string& zone, microseconds wall_since_epoch) {
    const UtcMoment center(wall_since_epoch);
    if (center < earliest_center || center >= latest_center)
        return Error{0, "no calendar for a moment outside of the years 1900 to 2999"};
    Result<Zone> found = find_zone(zone);
    if (!found)
        return found.error();
    try {
        return edges_around(*found, center);
    } catch (const std::exception& exception) {
        return Error{0, fmt::format("the time zone \"{}\" can't be read: {}", zone, exception.what())};
    }
}

bool is_known_time_zone(const std::string& zone) {
    return find_zone(zone).ok();
}

}  // namespace noodstop::platform
