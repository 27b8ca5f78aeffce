// The machine's clocks in one reading: time since boot (counts suspend), wall time, and whether it can be trusted.
#pragma once

#include "platform/result.hpp"

#include <chrono>
#include <string>

namespace noodstop::platform {

struct ClockTimes {
    std::chrono::microseconds since_boot{0};        // CLOCK_BOOTTIME
    std::chrono::microseconds wall_since_epoch{0};  // CLOCK_REALTIME
    bool synchronized = false;                      // the kernel holds the wall clock for disciplined
};

class Clock {
public:
    // Reads the boot id once: it can't change while this process lives, and read() must not need a free descriptor.
    static Result<Clock> open();

    const std::string& boot_id() const { return boot_id_; }

    // The two clocks belong together: a pair between which the thread was held up is read again.
    ClockTimes read() const;

private:
    explicit Clock(std::string boot_id) : boot_id_(std::move(boot_id)) {}

    std::string boot_id_;
};

}  // namespace noodstop::platform
