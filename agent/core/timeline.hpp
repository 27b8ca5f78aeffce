// Two times from one clock reading: the agent's own line for durations and charges, and wall time for windows.
//
//   instant      follows CLOCK_BOOTTIME within a boot. After a reboot it goes on by the time since boot; once
//                synchronized wall time tells the downtime, what lies before the reboot lies that much further back.
//   window time  follows the boot clock too, from the wall time of the first start. A wall clock that is set does not
//                move it: within a boot it follows synchronized time by one part in a thousand at most, after a reboot
//                it stands until time is synchronized. It never goes back but once, when the first synchronized
//                reading shows that the box had started with a wrong date.
//
// Rules: DESIGN.md 4.7. Why: a jump of the wall clock must neither open a spending window early nor charge a month.
#pragma once

#include "agent/core/archive_units.hpp"
#include "agent/core/clock_reading.hpp"

namespace noodstop::core {

class Timeline {
public:
    enum class Remark : std::uint8_t {
        none,
        rebooted,         // the boot id changed
        became_trusted,   // first synchronized reading since start or reboot
        clock_disagrees,  // wall time is more than a minute off what the boot clock says; told once
        clock_agrees,     // ... and is back
    };

    Remark advance(const ClockReading& clock);

    Instant now() const { return now_; }
    WallTime window_time() const { return window_time_; }
    bool trusted() const { return trusted_; }
    bool started() const { return !boot_id_.empty(); }
    // The last advance() saw the first synchronized reading ever: dates from before it mean nothing.
    bool date_corrected() const { return date_corrected_; }
    // What the last advance() learned: how long the box had been down since down_since(), the last moment before that.
    Duration downtime() const { return downtime_; }
    Instant down_since() const { return stands_since_; }

    template <class Archive>
    friend void describe(Archive& archive, Timeline& line) {
        archive(line.boot_id_, line.since_boot_, line.now_, line.window_time_, line.trusted_, line.ever_trusted_,
                line.standing_still_, line.stands_since_, line.disagrees_);
    }

private:
    Remark start(const ClockReading& clock);
    Remark reboot(const ClockReading& clock);
    Remark follow(const ClockReading& clock, Duration elapsed);
    Remark trust(const ClockReading& clock);
    Remark compare(Duration difference, Duration elapsed);

    std::string boot_id_;
    Duration since_boot_{0};
    Instant now_;
    WallTime window_time_;
    bool trusted_ = false;       // a synchronized reading was seen in this boot
    bool ever_trusted_ = false;  // ... or in an earlier one
    bool date_corrected_ = false;
    Duration downtime_{0};
    bool standing_still_ = false;  // window time waits for synchronized time after a reboot
    Instant stands_since_;         // ... and this was now when it last went on
    bool disagrees_ = false;
};

}  // namespace noodstop::core
