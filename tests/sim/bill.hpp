// The world's own sum of what something cost, exact and kept without the product's code: a rate that changes at
// moments, integrated.
#pragma once

#include "agent/core/units.hpp"

#include <vector>

namespace noodstop::sim {

using core::Duration;
using core::Wide;

inline constexpr std::int64_t hour_micros = 3'600'000'000;

// Amounts are in millionths of the currency unit times microseconds per hour: rate times time, never divided.
class Bill {
public:
    // From now on it costs `rate` (millionths per hour). `now` never goes back.
    void set_rate(Duration now, Wide rate);
    // What was used once, at a moment.
    void add(Duration now, Wide amount);

    Wide rate() const { return steps_.empty() ? Wide{0} : steps_.back().rate; }
    Wide until(Duration moment) const;
    Wide between(Duration from, Duration to) const { return until(to) - until(from); }

private:
    struct Step {
        Duration at{0};
        Wide sum = 0;   // at that moment
        Wide rate = 0;  // from then on
    };
    Step& step_at(Duration now);
    std::vector<Step> steps_;
};

// Millionths of the currency unit, rounded down.
constexpr std::int64_t money(Wide amount) {
    return static_cast<std::int64_t>(amount / hour_micros);
}

}  // namespace noodstop::sim
