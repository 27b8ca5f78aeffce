#include "agent/core/timeline.hpp"

#include <algorithm>
#include <utility>

namespace noodstop::core {
namespace {

constexpr Duration disagreement_min = std::chrono::minutes(1);
constexpr std::int64_t follow_one_part_in = 1000;  // twice what the kernel slews a disciplined clock by

}  // namespace

Timeline::Remark Timeline::advance(const ClockReading& clock) {
    date_corrected_ = false;
    downtime_ = {};
    if (!started())
        return start(clock);
    if (clock.boot_id != boot_id_)
        return reboot(clock);
    const Duration elapsed = std::max(Duration{0}, clock.since_boot - since_boot_);
    since_boot_ += elapsed;
    now_ = now_ + elapsed;
    return follow(clock, elapsed);
}

Timeline::Remark Timeline::start(const ClockReading& clock) {
    boot_id_ = clock.boot_id;
    since_boot_ = clock.since_boot;
    window_time_ = clock.wall;
    trusted_ = ever_trusted_ = clock.synchronized;
    return trusted_ ? Remark::became_trusted : Remark::none;
}

Timeline::Remark Timeline::reboot(const ClockReading& clock) {
    boot_id_ = clock.boot_id;
    since_boot_ = clock.since_boot;
    if (!std::exchange(standing_still_, true))
        stands_since_ = now_;
    now_ = now_ + std::max(Duration{1}, clock.since_boot);  // a boot is later than what was before
    trusted_ = false;
    disagrees_ = false;
    if (clock.synchronized)
        trust(clock);
    return Remark::rebooted;
}

Timeline::Remark Timeline::follow(const ClockReading& clock, Duration elapsed) {
    if (!standing_still_)
        window_time_ = window_time_ + elapsed;
    if (!clock.synchronized)
        return standing_still_ ? Remark::none : compare(clock.wall - window_time_, Duration{0});
    if (!trusted_)
        return trust(clock);
    return compare(clock.wall - window_time_, elapsed);
}

// The first synchronized reading of a boot is believed. After a reboot it also tells how long the box was down: what
// it says beyond the time spent in boots since is downtime, during which remote resources went on costing. If no
// reading was ever synchronized before, the old date was a guess and tells no downtime.
Timeline::Remark Timeline::trust(const ClockReading& clock) {
    trusted_ = true;
    disagrees_ = false;
    standing_still_ = false;
    date_corrected_ = !std::exchange(ever_trusted_, true);
    if (date_corrected_) {
        window_time_ = clock.wall;
        return Remark::became_trusted;
    }
    const Duration up = now_ - stands_since_;
    downtime_ = std::max(Duration{0}, clock.wall - window_time_ - up);
    window_time_ = std::max(window_time_, clock.wall);
    return Remark::became_trusted;
}

Timeline::Remark Timeline::compare(Duration difference, Duration elapsed) {
    const Duration step = elapsed / follow_one_part_in;
    window_time_ = window_time_ + std::clamp(difference, -step, step);
    const bool disagrees = difference > disagreement_min || difference < -disagreement_min;
    if (disagrees == disagrees_)
        return Remark::none;
    disagrees_ = disagrees;
    return disagrees ? Remark::clock_disagrees : Remark::clock_agrees;
}

}  // namespace noodstop::core
