#include "agent/core/meter.hpp"

#include "agent/core/meter_lookup.hpp"

#include <algorithm>
#include <utility>

namespace noodstop::core {

void Meter::Sums::add(Wide quantity, HourlyRate at_current, HourlyRate at_acknowledged) {
    current = saturating_add(current, quantity * at_current.micros_per_hour);
    acknowledged = saturating_add(acknowledged, quantity * at_acknowledged.micros_per_hour);
}

Charge Meter::Carries::take(const Sums& sums, Wide times, std::int64_t denominator) {
    return {current.take(saturating_multiply(sums.current, times), denominator),
            acknowledged.take(saturating_multiply(sums.acknowledged, times), denominator)};
}

Meter::Meter(ProviderPolicy policy, PriceBook current, PriceBook acknowledged, Instant metering_since)
    : policy_(std::move(policy)),
      current_(std::move(current)),
      acknowledged_(std::move(acknowledged)),
      metering_since_(metering_since),
      resumed_(metering_since),
      charged_until_(metering_since),
      last_complete_(metering_since) {}

void Meter::configure(ProviderPolicy policy, PriceBook current, PriceBook acknowledged) {
    policy_ = std::move(policy);
    current_ = std::move(current);
    acknowledged_ = std::move(acknowledged);
    requote();
    recount();
}

bool Meter::restored() {
    const auto is_metric = [](const auto& measured) { return index_of(measured.metric) < metric_count; };
    const bool sound =
        std::all_of(resources_.begin(), resources_.end(),
                    [&](const Metered& resource) {
                        return resource.variety < varieties_.size() &&
                               std::all_of(resource.measures.begin(), resource.measures.end(), is_metric);
                    }) &&
        std::all_of(totals_.begin(), totals_.end(), is_metric);
    if (!sound)
        return false;
    requote();
    recount();
    return true;
}

// Of several boots without time only the downtime of all together is known at last: the dearest counts for it.
void Meter::lose_time(Instant now) {
    lost_time_at_ = lost_time_at_.value_or(now);
    const Rates known = known_time_rates();
    rates_when_down_ = {std::max(rates_when_down_.current, known.current),
                        std::max(rates_when_down_.acknowledged, known.acknowledged)};
}

TimedCharge Meter::charge_downtime(Duration downtime) {
    const Instant from = lost_time_at_.value_or(charged_until_);
    lost_time_at_.reset();
    const Charge amount = cost_rounded_up(std::exchange(rates_when_down_, {}), downtime);
    if (last_complete_ <= from)
        charged_since_look_ += amount;
    return {from, from + downtime, amount};
}

TimedCharge Meter::advance(Instant now) {
    const Instant from = charged_until_;
    const Duration time = std::max(Duration{0}, now - from);
    charged_until_ = std::max(charged_until_, now);
    Charge amount = state_carry_.take(state_sum_, time.count(), hour_micros);
    for (std::size_t index = 0; index < metric_count; ++index) {
        const MetricDefinition& definition = metric_definition(static_cast<Metric>(index));
        if (definition.how == Charging::by_gauge)
            amount +=
                measure_carry_[index].take(gauge_sums_[index], time.count(), definition.raw_per_unit * hour_micros);
    }
    charged_since_look_ += amount;
    return {from, charged_until_, amount};
}

void Meter::requote() {
    quotes_.clear();
    for (const Variety& variety : varieties_)
        quotes_.push_back(quote(variety));
    for (Metered& resource : resources_)
        resource.time_rate = time_rates(resource).current;
}

void Meter::forget_unused_varieties() {
    constexpr std::uint32_t unused = 0xffffffff;
    std::vector<std::uint32_t> moved(varieties_.size(), unused);
    std::vector<Variety> kept;
    for (Metered& resource : resources_) {
        std::uint32_t& place = moved[resource.variety];
        if (place == unused) {
            place = static_cast<std::uint32_t>(kept.size());
            kept.push_back(varieties_[resource.variety]);
        }
        resource.variety = place;
    }
    varieties_ = std::move(kept);
    requote();
}

void Meter::recount() {
    state_sum_ = {};
    state_sum_.add(1, left_out_.current, left_out_.acknowledged);
    gauge_sums_ = {};
    for (const Metered& resource : resources_) {
        const Quotes& quotes = quotes_[resource.variety];
        if (is_billed(resource.activity))
            state_sum_.add(1, price_of(quotes.current, Metric::running),
                           price_of(quotes.acknowledged, Metric::running));
        for (const LastMeasure& last : resource.measures)
            if (metric_definition(last.metric).how == Charging::by_gauge)
                gauge_sums_[index_of(last.metric)].add(last.raw, price_of(quotes.current, last.metric),
                                                       price_of(quotes.acknowledged, last.metric));
    }
}

// A variety that the acknowledged list did not know is new, not changed: its current price counts in both.
Meter::Quotes Meter::quote(const Variety& variety) const {
    Quotes quotes{current_.quote(variety), acknowledged_.quote(variety)};
    if (!quotes.acknowledged.known && quotes.current.known)
        quotes.acknowledged = quotes.current;
    quotes.same = quotes.acknowledged.rates == quotes.current.rates;
    return quotes;
}

std::uint32_t Meter::variety_of(const Reading& reading, FactLog& facts) {
    const auto place = std::find_if(varieties_.begin(), varieties_.end(),
                                    [&reading](const Variety& known) { return is_of(reading, known); });
    if (place != varieties_.end())
        return static_cast<std::uint32_t>(place - varieties_.begin());
    varieties_.push_back({reading.sku, reading.family, reading.region, reading.kind});
    quotes_.push_back(quote(varieties_.back()));
    if (!quotes_.back().current.known && facts.accepts(FactKind::price_unknown)) {
        Fact fact = fact_about(FactKind::price_unknown, reading.id);
        fact.fields = {{"sku", reading.sku},
                       {"region", reading.region},
                       {"charged_at", to_text(price_of(quotes_.back().current, Metric::running))}};
        facts.add(std::move(fact));
    }
    return static_cast<std::uint32_t>(varieties_.size() - 1);
}

Rates Meter::time_rates(const Metered& resource) const {
    const Quotes& quotes = quotes_[resource.variety];
    const HourlyRate current = time_rate(resource, quotes.current);
    return {current, quotes.same ? current : time_rate(resource, quotes.acknowledged)};
}

HourlyRate Meter::time_rate(const Metered& resource, const Quote& quote) const {
    HourlyRate rate;
    if (is_billed(resource.activity))
        rate = price_of(quote, Metric::running);
    for (const LastMeasure& last : resource.measures) {
        const MetricDefinition& definition = metric_definition(last.metric);
        if (definition.how != Charging::by_gauge)
            continue;
        const Wide product = saturating_multiply(last.raw, price_of(quote, last.metric).micros_per_hour);
        rate += HourlyRate{saturate(divide_rounded_up(product, definition.raw_per_unit))};
    }
    return rate;
}

Charge Meter::assumed(Instant now) const {
    const Instant since = blind(now) ? last_complete_ : std::max(last_complete_, resumed_);
    const Duration age = now - since;
    if (age <= policy_.poll_interval)
        return {};
    const Charge growth = cost_rounded_up(rates(now), age);
    return larger(
        {}, {growth.current - charged_since_look_.current, growth.acknowledged - charged_since_look_.acknowledged});
}

bool Meter::blind(Instant now) const {
    return now - std::max(last_complete_, resumed_) > policy_.blind_after;
}

Rates Meter::rates(Instant now) const {
    Rates known = counter_rate_;
    known += known_time_rates();
    if (!blind(now))
        return known;
    return {std::max(known.current, policy_.blind_rate), std::max(known.acknowledged, policy_.blind_rate)};
}

// Of states and gauges.
Rates Meter::known_time_rates() const {
    Rates known{{saturate(state_sum_.current)}, {saturate(state_sum_.acknowledged)}};
    for (std::size_t index = 0; index < metric_count; ++index) {
        const Wide raw_per_unit = metric_definition(static_cast<Metric>(index)).raw_per_unit;
        known += {{saturate(divide_rounded_up(gauge_sums_[index].current, raw_per_unit))},
                  {saturate(divide_rounded_up(gauge_sums_[index].acknowledged, raw_per_unit))}};
    }
    return known;
}

const Metered* Meter::find(const ResourceId& id) const {
    const auto place =
        std::lower_bound(resources_.begin(), resources_.end(), id,
                         [](const Metered& resource, const ResourceId& wanted) { return resource.id < wanted; });
    return place != resources_.end() && place->id == id ? &*place : nullptr;
}

Money Meter::accrued(const Metered& resource, Instant now) const {
    return resource.accrued + cost_rounded_up(resource.time_rate, now - resource.accrued_until);
}

Fact Meter::fact_about(FactKind kind, const ResourceId& resource) const {
    Fact fact;
    fact.kind = kind;
    fact.provider = policy_.name;
    fact.resource = resource;
    return fact;
}

}  // namespace noodstop::core
