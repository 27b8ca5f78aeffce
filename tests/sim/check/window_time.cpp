#include "tests/sim/check/window_time.hpp"

#include <algorithm>

namespace noodstop::sim {
namespace {

constexpr std::int64_t gives_way_one_part_in = 1000;
constexpr Duration right = std::chrono::seconds(1);
constexpr Duration unknown = std::chrono::hours(24 * 365 * 100);

}  // namespace

void WindowTime::read(const core::ClockReading& clock, core::WallTime true_wall) {
    const Duration off = clock.wall - true_wall;
    const Duration elapsed = true_wall - line_.read_at;
    line_.read_at = true_wall;
    line_.booted_at = true_wall - clock.since_boot;
    if (!line_.started)
        return start(clock, off);
    if (clock.boot_id != line_.boot_id) {
        line_.boot_id = clock.boot_id;
        line_.trusted = false;
        line_.stands = true;
    }
    if (line_.stands) {
        line_.earliest -= elapsed;
        line_.latest -= elapsed;
    } else {
        follow(off, elapsed);
    }
    if (clock.synchronized && !line_.trusted)
        trust(off);
    if (line_.stands)
        return;
    line_.went_at = true_wall;
    line_.went_earliest = line_.earliest;
    earliest_ever_ = std::min(earliest_ever_, line_.earliest);
    latest_ever_ = std::max(latest_ever_, line_.latest);
    was_far_off_ = was_far_off_ || line_.earliest < -right || line_.latest > right;
}

void WindowTime::start(const core::ClockReading& clock, Duration off) {
    line_.started = true;
    line_.stands = false;
    line_.boot_id = clock.boot_id;
    line_.went_at = line_.read_at;
    line_.earliest = line_.latest = line_.went_earliest = off;
    line_.trusted = line_.ever_trusted = clock.synchronized;
    was_far_off_ = was_far_off_ || off < -right || off > right;
}

void WindowTime::follow(Duration off, Duration elapsed) {
    const Duration step = elapsed / gives_way_one_part_in + Duration{1};
    if (off < line_.earliest)
        line_.earliest = std::max(off, line_.earliest - step);
    if (off > line_.latest)
        line_.latest = std::min(off, line_.latest + step);
}

void WindowTime::trust(Duration off) {
    if (!line_.ever_trusted) {
        line_.earliest = line_.latest = off;
        ++corrections_;
    }
    trusted_since_ = line_.read_at;
    const Duration passed = line_.stands ? line_.read_at - line_.went_at : Duration{0};
    moved_ = line_.stands ? std::max(passed, passed + off - line_.went_earliest) : Duration{0};
    // As much as the agent's time was ahead when it began to stand, or what it believes now is behind.
    moved_short_ = line_.stands ? std::max(Duration{0}, line_.latest + passed - off) : Duration{0};
    if (line_.stands)
        stood_.emplace_back(line_.went_at, line_.read_at);
    line_.trusted = line_.ever_trusted = true;
    line_.stands = false;
    line_.earliest = std::max(line_.earliest, off);
    line_.latest = std::max(line_.latest, off);
}

void WindowTime::persisted(std::uint64_t batch) {
    if (const auto place = sent_.find(batch); place != sent_.end())
        kept_ = place->second;
    sent_.erase(batch);
}

void WindowTime::agent_ended() {
    Line left = kept_.started ? either(line_, kept_) : line_;
    for (const auto& [batch, line] : sent_)
        left = either(left, line);
    sent_.clear();
    line_ = left;
}

WindowTime::Line WindowTime::either(const Line& one, const Line& other) {
    Line line = one;
    const bool same_boot = one.boot_id == other.boot_id;
    line.boot_id = same_boot ? one.boot_id : std::string();
    line.earliest = std::min({one.earliest, other.earliest, same_boot ? one.earliest : -unknown});
    line.latest = std::max(one.latest, other.latest);
    line.went_at = std::min(one.went_at, other.went_at);
    line.went_earliest = std::min(one.went_earliest, other.went_earliest);
    line.trusted = one.trusted && other.trusted;
    line.ever_trusted = one.ever_trusted && other.ever_trusted;
    line.stands = one.stands || other.stands;
    return line;
}

core::WallTime WindowTime::in_window_since(core::WallTime began) const {
    core::WallTime since = began + opens_late();
    for (const auto& [from, until] : stood_)
        if (from < began && began <= until)
            since = std::max(since, until);
    return since;
}

bool WindowTime::is_right() const {
    return !was_far_off_ && line_.started && !line_.stands;
}

}  // namespace noodstop::sim
