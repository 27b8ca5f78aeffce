#include "tests/sim/story.hpp"

#include <algorithm>

namespace noodstop::sim {
namespace {

constexpr std::size_t lines_max = 100'000;

// "  123.456"
std::string seconds_text(core::Duration now) {
    std::string fraction = std::to_string(now.count() / 1000 % 1000);
    fraction.insert(0, 3 - fraction.size(), '0');
    std::string text = std::to_string(now.count() / 1'000'000) + "." + fraction;
    if (text.size() < 10)
        text.insert(0, 10 - text.size(), ' ');
    return text;
}

std::string amount(const core::LimitStatus& limit, std::int64_t value) {
    const bool is_money = limit.kind == core::LimitKind::spend || limit.kind == core::LimitKind::rate;
    return is_money ? core::to_text(core::Money{value}) : std::to_string(value);
}

std::string zone_text(const core::ZoneStatus& zone) {
    return zone.name.text + " " + core::to_text(zone.state) + (zone.held ? " held" : "") +
           (zone.blind ? " blind" : "") + (zone.overdue ? " overdue" : "");
}

std::string limit_text(const core::LimitStatus& limit) {
    return limit.name.text + " " + amount(limit, limit.exposure) + " of " +
           (limit.stop ? amount(limit, *limit.stop) : "no stop");
}

}  // namespace

std::string status_line(const core::Snapshot& snapshot) {
    std::string line;
    for (const core::ZoneStatus& zone : snapshot.zones)
        line += ", " + zone_text(zone);
    for (const core::LimitStatus& limit : snapshot.limits)
        line += ", " + limit_text(limit);
    return "status: " + line.substr(std::min<std::size_t>(line.size(), 2));
}

void Story::tell(core::Duration now, const std::string& sentence) {
    if (lines_.size() < lines_max)
        lines_.push_back(seconds_text(now) + "  " + sentence);
}

}  // namespace noodstop::sim
