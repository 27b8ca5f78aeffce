// What the meter keeps of each resource between looks.
#pragma once

#include "agent/core/archive_units.hpp"
#include "agent/core/price_book.hpp"

#include <algorithm>

namespace noodstop::core {

// The last figure of a gauge or counter.
struct LastMeasure {
    Metric metric = Metric::cpu;
    std::int64_t raw = 0;
};

struct Metered {
    ResourceId id;
    std::uint32_t variety = 0;  // index into the meter's varieties
    Activity activity = Activity::unknown;
    std::optional<WallTime> created;
    std::uint32_t vcpus = 0;
    std::uint32_t gpus = 0;
    Instant first_seen;
    Instant last_seen;               // when the last look that showed it was begun
    HourlyRate time_rate;            // of state and gauges
    HourlyRate counter_rate;         // of counters, over the last look interval
    HourlyRate counter_rate_before;  // ... and over the one before
    Money accrued;                   // until accrued_until, for people: the ledger sums whole providers exactly
    Instant accrued_until;
    std::vector<LastMeasure> measures;

    HourlyRate rate() const { return time_rate + counter_rate; }
    // What two looks in a row have shown: one burst must not cost a resource its protection.
    HourlyRate steady_rate() const { return time_rate + std::min(counter_rate, counter_rate_before); }
};

// A stopped resource is the only one that costs nothing by being there.
inline bool is_billed(Activity activity) {
    return activity != Activity::stopped;
}

// A remainder of money that is too small to be counted yet, over a fixed denominator.
struct Carry {
    std::int64_t remainder = 0;

    // Whole micro-units of numerator / denominator, the rest stays for the next time. Needs numerator >= 0.
    Money take(Wide numerator, std::int64_t denominator) {
        const Wide whole = saturating_add(numerator, remainder);
        remainder = static_cast<std::int64_t>(whole % denominator);
        return {saturate(whole / denominator)};
    }
};

template <class Archive>
void describe(Archive& archive, Variety& variety) {
    archive(variety.sku, variety.family, variety.region, variety.kind);
}
template <class Archive>
void describe(Archive& archive, LastMeasure& measure) {
    archive(measure.metric, measure.raw);
}
template <class Archive>
void describe(Archive& archive, Metered& resource) {
    archive(resource.id, resource.variety, resource.activity, resource.created, resource.vcpus, resource.gpus,
            resource.first_seen, resource.last_seen, resource.time_rate, resource.counter_rate,
            resource.counter_rate_before, resource.accrued, resource.accrued_until, resource.measures);
}
template <class Archive>
void describe(Archive& archive, Carry& carry) {
    archive(carry.remainder);
}

}  // namespace noodstop::core
