// Cumulative counters, of resources and of the whole provider.
#include "agent/core/meter.hpp"
#include "agent/core/meter_lookup.hpp"

#include <algorithm>

namespace noodstop::core {
namespace {

// What a counter's difference over an interval is per hour, rounded up.
HourlyRate counter_rate(Wide difference_times_price, std::int64_t raw_per_unit, Duration interval) {
    const Wide divisor = Wide{raw_per_unit} * std::max<std::int64_t>(1, interval.count());
    const Wide dividend = saturating_multiply(difference_times_price, hour_micros);
    return {saturate(divide_rounded_up(dividend, divisor))};
}

}  // namespace

// The first sight is the baseline. What a resource used before, if it came into being since the last look, is in the
// provider's totals.
void Meter::count(Taking& taking, Metered& resource, const Measure& measure) {
    LastMeasure* last = find_measure(resource, measure.metric);
    if (last == nullptr) {
        resource.measures.push_back({measure.metric, measure.raw});
        return;
    }
    std::int64_t difference = measure.raw - last->raw;
    if (difference < 0) {
        difference = measure.raw;
        if (taking.facts.accepts(FactKind::counter_restarted))
            taking.facts.add(fact_about(FactKind::counter_restarted, resource.id));
    }
    last->raw = measure.raw;
    const std::size_t index = index_of(measure.metric);
    const Quotes& quotes = quotes_[resource.variety];
    const HourlyRate price = price_of(quotes.current, measure.metric);
    taking.counted[index].add(difference, price, price_of(quotes.acknowledged, measure.metric));
    taking.explained[index] = saturate(Wide{taking.explained[index]} + difference);
    const std::int64_t raw_per_unit = metric_definition(measure.metric).raw_per_unit;
    const Wide cost = saturating_multiply(difference, price.micros_per_hour);
    if (taking.measures_rates)
        resource.counter_rate += counter_rate(cost, raw_per_unit, taking.interval);
    resource.accrued += Money{saturate(cost / raw_per_unit)};
}

// Resources are read one after the other, so their differences may run ahead of the total's for a moment: only a new
// highest unexplained sum is charged. A partial look explains, but its total is left for the next good one.
void Meter::explain_totals(Taking& taking) {
    for (Total& total : totals_)
        total.unexplained = saturate(Wide{total.unexplained} - taking.explained[index_of(total.metric)]);
    if (taking.look.quality != LookQuality::good)
        return;
    for (const Measure& measure : taking.look.totals) {
        if (measure.known)
            explain_total(taking, measure);
        else if (current_.prices(measure.metric))
            taking.complete = false;
    }
}

void Meter::explain_total(Taking& taking, const Measure& measure) {
    const auto total = std::find_if(totals_.begin(), totals_.end(),
                                    [&measure](const Total& known) { return known.metric == measure.metric; });
    if (total == totals_.end()) {
        totals_.push_back({measure.metric, measure.raw, 0, 0});
        return;
    }
    const std::int64_t difference = measure.raw < total->raw ? measure.raw : measure.raw - total->raw;
    total->raw = measure.raw;
    total->unexplained = saturate(Wide{total->unexplained} + difference);
    const std::int64_t vanished = total->unexplained - total->charged;
    if (vanished <= 0)
        return;
    total->charged = total->unexplained;
    taking.counted[index_of(measure.metric)].add(vanished, current_.highest(measure.metric),
                                                 acknowledged_.highest(measure.metric));
}

void Meter::charge_counters(Taking& taking) {
    explain_totals(taking);
    Rates rates;
    Charge amount;
    for (std::size_t index = 0; index < metric_count; ++index) {
        const MetricDefinition& definition = metric_definition(static_cast<Metric>(index));
        if (definition.how != Charging::by_counter)
            continue;
        amount += measure_carry_[index].take(taking.counted[index], 1, definition.raw_per_unit);
        const Sums& counted = taking.counted[index];
        rates += {counter_rate(counted.current, definition.raw_per_unit, taking.interval),
                  counter_rate(counted.acknowledged, definition.raw_per_unit, taking.interval)};
    }
    taking.charges.push_back({taking.now, taking.now, amount});
    charged_since_look_ += amount;
    if (taking.measures_rates)
        counter_rate_ = rates;
}

}  // namespace noodstop::core
