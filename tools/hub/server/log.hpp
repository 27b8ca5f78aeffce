// What the hub says while it runs: lines on standard error, with a priority in front where the journal reads them
// (sd-daemon(3)). What strangers can cause is bounded.
#pragma once

#include "agent/core/units.hpp"

#include <cstdint>
#include <string>

namespace noodstop::hub {

enum class Priority : std::uint8_t { error = 3, warning = 4, notice = 5, info = 6 };

// Any thread. Control characters are shown as \xNN.
void log_line(Priority priority, const std::string& text);

// Refused calls and connections: the first so many of each minute, then their number.
class RefusalLog {
public:
    static constexpr std::uint32_t lines_per_minute_max = 20;

    void refused(const std::string& text, core::Instant now);
    void beat(core::Instant now);  // tells what was left out of a minute that is over

private:
    core::Instant minute_began_;
    std::uint32_t count_ = 0;
};

}  // namespace noodstop::hub
