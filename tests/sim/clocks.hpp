// The appliance's clocks: one since boot, which is right, and a wall clock, which may be set, drift, or begin wrong.
#pragma once

#include "agent/core/clock_reading.hpp"

#include <algorithm>

namespace noodstop::sim {

using core::Duration;

// Moments are the world's time.
class Clocks {
public:
    explicit Clocks(core::WallTime wall_at_start) : wall_at_start_(wall_at_start) {}

    core::WallTime true_wall(Duration now) const { return wall_at_start_ + now; }
    core::WallTime wall(Duration now) const { return true_wall(now) + off_ + drifted(now); }
    bool synchronized() const { return synchronized_; }
    Duration booted_at() const { return booted_at_; }
    core::ClockReading read(Duration now) const {
        return {"boot-" + std::to_string(boots_), now - booted_at_, wall(now), synchronized_};
    }

    void boot(Duration moment) { ++boots_, booted_at_ = moment; }
    void set(Duration now, core::WallTime wall) { off_ = wall - true_wall(now), drift_per_million_ = 0; }
    void drift(Duration now, std::int64_t per_million) {
        off_ += drifted(now);
        drift_per_million_ = per_million;
        drifts_since_ = now;
    }
    void lose_synchronization() { synchronized_ = false; }
    // What disciplines a clock also sets it right.
    void synchronize() { synchronized_ = true, off_ = Duration{0}, drift_per_million_ = 0; }

private:
    Duration drifted(Duration now) const { return (now - drifts_since_) * drift_per_million_ / 1'000'000; }

    core::WallTime wall_at_start_;
    Duration off_{0};
    std::int64_t drift_per_million_ = 0;
    Duration drifts_since_{0};
    Duration booted_at_{-100'000'000};
    int boots_ = 1;
    bool synchronized_ = true;
};

}  // namespace noodstop::sim
