// How far the time by which windows open may be from the true time: worked out by the rules of DESIGN.md 4.7 from what
// the clocks could tell the agent, sharing nothing with its time line.
//
//   within a boot      it follows the boot clock, which is right, and gives way to the wall clock by a thousandth
//   after a reboot     it stands until time is synchronized, and then is the later of what it was and what that says
//   at the first start the wall clock is all there is; the first synchronized time corrects it
#pragma once

#include "agent/core/clock_reading.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace noodstop::sim {

using core::Duration;

class WindowTime {
public:
    // The agent took a step with this reading, when it was truly `true_wall`.
    void read(const core::ClockReading& clock, core::WallTime true_wall);
    // What a crash leaves is what was durable, or anything between that and what was known.
    void persist_sent(std::uint64_t batch) { sent_[batch] = line_; }
    void persisted(std::uint64_t batch);
    void agent_ended();
    void agent_started(bool knows_a_time) { line_.started = line_.started && knows_a_time; }

    // It is within [true time + earliest, true time + latest], if it is known at all.
    Duration earliest() const { return line_.earliest; }
    Duration latest() const { return line_.latest; }
    bool stands() const { return line_.stands; }
    // It goes on and is no more than a second off, and was never so far off that a window could have been mistaken.
    bool is_right() const;
    // True time at which it last became trusted: what was before that boot looks older since, by the downtime.
    core::WallTime trusted_since() const { return trusted_since_; }
    core::WallTime booted_at() const { return line_.booted_at; }
    // By how much at most the agent's time moved then, which is more than truly passed where it had to believe a wrong
    // one, and by how much less than truly passed.
    Duration moved() const { return moved_; }
    Duration moved_short() const { return moved_short_; }
    // Windows that begin at a true time open so much later or earlier at most.
    Duration opens_late() const { return -std::min(Duration{0}, earliest_ever_); }
    Duration opens_early() const { return std::max(Duration{0}, latest_ever_); }
    // Since when at the latest what is spent is in the window that began then: while time stands, what is spent is
    // spent in the window that stands open, and stays in it.
    core::WallTime in_window_since(core::WallTime began) const;
    // How often the first synchronized time has shown that the date was a guess: only then may it have gone back.
    std::size_t corrections() const { return corrections_; }

private:
    struct Line {
        bool started = false;
        std::string boot_id;
        core::WallTime read_at;     // true time
        core::WallTime went_at;     // ... when it last did not stand
        Duration went_earliest{0};  // ... `earliest` of then
        core::WallTime booted_at;   // true time
        Duration earliest{0}, latest{0};
        bool trusted = false, ever_trusted = false, stands = false;
    };
    void start(const core::ClockReading& clock, Duration off);
    void follow(Duration off, Duration elapsed);
    void trust(Duration off);

    static Line either(const Line& one, const Line& other);

    Line line_;
    std::map<std::uint64_t, Line> sent_;
    Line kept_;
    core::WallTime trusted_since_;
    Duration moved_{0}, moved_short_{0};
    Duration earliest_ever_{0}, latest_ever_{0};                    // while it did not stand
    std::vector<std::pair<core::WallTime, core::WallTime>> stood_;  // from, until; true times
    std::size_t corrections_ = 0;
    bool was_far_off_ = false;
};

}  // namespace noodstop::sim
