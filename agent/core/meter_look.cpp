// One look: who appeared, changed and went, and what that costs.
#include "agent/core/meter.hpp"
#include "agent/core/meter_lookup.hpp"

#include <algorithm>
#include <utility>

namespace noodstop::core {

Meter::Taken Meter::take(const Look& look, Instant now, WallTime wall, std::vector<TimedCharge>& charges,
                         FactLog& facts) {
    if (look.quality == LookQuality::absent) {
        problem_ = look.problem;
        return Taken::absent;
    }
    if (last_look_ && look.taken_at <= *last_look_)
        return Taken::late;
    Taking taking(look, now, wall, facts, charges);
    if (last_look_)
        taking.interval = look.taken_at - *last_look_;
    taking.measures_rates = taking.interval >= policy_.poll_interval / 2;
    problem_ = look.problem;
    taking.complete = look.quality == LookQuality::good;
    const std::vector<Reading>* readings = &look.readings;
    std::vector<Reading> sorted;
    const auto misplaced =
        std::adjacent_find(look.readings.begin(), look.readings.end(),
                           [](const Reading& left, const Reading& right) { return left.id >= right.id; });
    if (misplaced != look.readings.end()) {
        sorted = look.readings;
        std::stable_sort(sorted.begin(), sorted.end(),
                         [](const Reading& left, const Reading& right) { return left.id < right.id; });
        sorted.erase(std::unique(sorted.begin(), sorted.end(),
                                 [](const Reading& left, const Reading& right) { return left.id == right.id; }),
                     sorted.end());
        readings = &sorted;
    }
    if (taking.complete && readings->size() > policy_.resources_max) {
        sorted = worth_knowing(taking, *readings);
        readings = &sorted;
    }
    if (look.quality == LookQuality::good) {
        taking.risen.add(1, std::max(HourlyRate{}, taking.left_out.current - left_out_.current),
                         std::max(HourlyRate{}, taking.left_out.acknowledged - left_out_.acknowledged));
        left_out_ = taking.left_out;
    }
    merge(taking, *readings);
    if (last_look_)
        back_charge(taking, *last_look_, {{saturate(taking.risen.current)}, {saturate(taking.risen.acknowledged)}});
    charge_counters(taking);
    last_look_ = look.taken_at;
    incomplete_told_ = !taking.complete;
    if (taking.complete) {
        last_complete_ = look.taken_at;
        charged_since_look_ = {};
    }
    return look.quality == LookQuality::good ? Taken::good : Taken::partial;
}

void Meter::merge(Taking& taking, const std::vector<Reading>& readings) {
    taking.room = room_for_new(taking.look.quality);
    if (resources_.empty())
        taking.appeared.reserve(std::min(taking.room, readings.size()));
    std::size_t known = 0;
    for (const Reading& reading : readings) {
        auto order = std::strong_ordering::greater;
        for (; known < resources_.size() && (order = resources_[known].id <=> reading.id) < 0; ++known)
            taking.gone.push_back(known);
        if (known < resources_.size() && order == 0)
            update(taking, resources_[known++], reading);
        else
            appear(taking, reading);
    }
    for (; known < resources_.size(); ++known)
        taking.gone.push_back(known);
    if (taking.look.quality == LookQuality::partial)
        taking.gone.clear();  // what a partial look doesn't list is not known to be gone
    apply(taking);
    if (varieties_.size() > resources_.size() + unused_varieties_max)
        forget_unused_varieties();
    recount();
}

// Of more than resources_max: what is billed before what is stopped, what is known before what is new, and of the new
// the dearest. What is stopped costs nothing, so that only a billed one without a place makes the look incomplete.
std::vector<Reading> Meter::worth_knowing(Taking& taking, const std::vector<Reading>& readings) {
    struct Rank {
        bool stopped, unknown;
        std::int64_t cheapness;
        std::size_t index;
        auto operator<=>(const Rank&) const = default;
    };
    std::vector<Rank> ranks;
    ranks.reserve(readings.size());
    for (std::size_t index = 0; index < readings.size(); ++index) {
        const Reading& reading = readings[index];
        const Quote quote = current_.quote({reading.sku, reading.family, reading.region, reading.kind});
        ranks.push_back({!is_billed(reading.activity), find(reading.id) == nullptr,
                         -price_of(quote, Metric::running).micros_per_hour, index});
    }
    const auto last = ranks.begin() + static_cast<std::ptrdiff_t>(policy_.resources_max);
    std::nth_element(ranks.begin(), last, ranks.end());
    for (auto rank = last; rank != ranks.end(); ++rank)
        if (!rank->stopped)
            leave_out(taking, readings[rank->index]);
    std::sort(ranks.begin(), last, [](const Rank& left, const Rank& right) { return left.index < right.index; });
    std::vector<Reading> kept;
    kept.reserve(policy_.resources_max);
    for (auto rank = ranks.begin(); rank != last; ++rank)
        kept.push_back(readings[rank->index]);
    return kept;
}

// It can't be told apart from the others any more, but what it costs is charged with them.
void Meter::leave_out(Taking& taking, const Reading& reading) {
    taking.complete = false;
    taking.overflowed = true;
    const Quotes quotes = quote({reading.sku, reading.family, reading.region, reading.kind});
    taking.left_out += {price_of(quotes.current, Metric::running), price_of(quotes.acknowledged, Metric::running)};
}

// A partial look may list new ones beside known ones that it doesn't list.
std::size_t Meter::room_for_new(LookQuality quality) const {
    const std::size_t staying = quality == LookQuality::good ? 0 : resources_.size();
    return policy_.resources_max - std::min<std::size_t>(staying, policy_.resources_max);
}

void Meter::appear(Taking& taking, const Reading& reading) {
    if (taking.appeared.size() >= taking.room) {
        taking.complete = false;
        taking.overflowed = true;
        return;
    }
    Metered resource;
    resource.id = reading.id;
    resource.variety = variety_of(reading, taking.facts);
    resource.activity = reading.activity;
    resource.created = reading.created;
    resource.vcpus = reading.vcpus;
    resource.gpus = reading.gpus;
    resource.first_seen = taking.now;
    resource.last_seen = taking.look.taken_at;
    resource.accrued_until = taking.now;
    read_measures(taking, resource, reading);
    const Quotes& quotes = quotes_[resource.variety];
    resource.time_rate = time_rate(resource, quotes.current);
    // A partial look that didn't list it says nothing about when it came.
    Instant from = last_look_ ? last_complete_ : taking.now;
    if (const auto created = creation(taking, reading))
        from = std::max(*created, metering_since_);
    back_charge(taking, from, {resource.time_rate, time_rate(resource, quotes.acknowledged)});
    resource.accrued = cost_rounded_up(resource.time_rate, std::max(Duration{0}, taking.now - from));
    if (taking.facts.accepts(FactKind::resource_appeared)) {
        Fact fact = fact_about(FactKind::resource_appeared, resource.id);
        fact.fields = {
            {"sku", reading.sku}, {"activity", to_text(reading.activity)}, {"rate", to_text(resource.rate())}};
        taking.facts.add(std::move(fact));
    }
    taking.appeared.push_back(std::move(resource));
}

void Meter::update(Taking& taking, Metered& resource, const Reading& reading) {
    const Rates before = time_rates(resource);
    const Activity old_activity = resource.activity;
    resource.accrued = accrued(resource, taking.now);
    resource.accrued_until = taking.now;
    if (!is_of(reading, varieties_[resource.variety]))
        resource.variety = variety_of(reading, taking.facts);
    resource.activity = reading.activity;
    resource.created = reading.created;
    resource.vcpus = reading.vcpus;
    resource.gpus = reading.gpus;
    read_measures(taking, resource, reading);
    const Rates after = time_rates(resource);
    resource.time_rate = after.current;
    const Rates risen{std::max(HourlyRate{}, after.current - before.current),
                      std::max(HourlyRate{}, after.acknowledged - before.acknowledged)};
    const Instant seen_before = std::exchange(resource.last_seen, taking.look.taken_at);
    if (seen_before == last_look_)
        taking.risen.add(1, risen.current, risen.acknowledged);
    else if (risen.current != HourlyRate{} || risen.acknowledged != HourlyRate{})
        back_charge(taking, seen_before, risen);  // partial looks in between didn't list it
    if (old_activity != resource.activity && taking.facts.accepts(FactKind::resource_changed)) {
        Fact fact = fact_about(FactKind::resource_changed, resource.id);
        fact.fields = {{"from", to_text(old_activity)}, {"to", to_text(resource.activity)}};
        taking.facts.add(std::move(fact));
    }
}

void Meter::disappear(Taking& taking, const Metered& resource) {
    if (!taking.facts.accepts(FactKind::resource_gone))
        return;
    Fact fact = fact_about(FactKind::resource_gone, resource.id);
    fact.fields = {{"accrued", to_text(accrued(resource, taking.now))}};
    taking.facts.add(std::move(fact));
}

// Until the next look that measures rates: what is gone burns nothing.
void Meter::forget_rate(const Metered& gone) {
    counter_rate_.current = std::max(HourlyRate{}, counter_rate_.current - gone.counter_rate);
    counter_rate_.acknowledged = std::max(HourlyRate{}, counter_rate_.acknowledged - gone.counter_rate);
}

void Meter::apply(Taking& taking) {
    overflowing_ = taking.overflowed || (overflowing_ && taking.look.quality == LookQuality::partial);
    if (taking.gone.empty() && taking.appeared.empty())
        return;
    if (resources_.empty()) {
        resources_ = std::move(taking.appeared);
        return;
    }
    std::vector<Metered> kept;
    kept.reserve(resources_.size() - taking.gone.size() + taking.appeared.size());
    std::size_t next_gone = 0;
    for (std::size_t index = 0; index < resources_.size(); ++index) {
        if (next_gone < taking.gone.size() && taking.gone[next_gone] == index) {
            disappear(taking, resources_[index]);
            forget_rate(resources_[index]);
            ++next_gone;
        } else {
            kept.push_back(std::move(resources_[index]));
        }
    }
    const auto middle = static_cast<std::ptrdiff_t>(kept.size());
    std::move(taking.appeared.begin(), taking.appeared.end(), std::back_inserter(kept));
    std::inplace_merge(kept.begin(), kept.begin() + middle, kept.end(),
                       [](const Metered& left, const Metered& right) { return left.id < right.id; });
    resources_ = std::move(kept);
}

void Meter::read_measures(Taking& taking, Metered& resource, const Reading& reading) {
    if (taking.measures_rates)
        resource.counter_rate_before = std::exchange(resource.counter_rate, {});
    for (const Measure& measure : reading.measures) {
        if (!measure.known) {
            if (!current_.prices(measure.metric))
                continue;
            taking.complete = false;
            if (!incomplete_told_ && taking.facts.accepts(FactKind::metric_unknown)) {
                Fact fact = fact_about(FactKind::metric_unknown, resource.id);
                fact.fields = {{"metric", metric_definition(measure.metric).name}};
                taking.facts.add(std::move(fact));
            }
        } else if (metric_definition(measure.metric).how == Charging::by_counter) {
            count(taking, resource, measure);
        } else if (LastMeasure* last = find_measure(resource, measure.metric)) {
            last->raw = measure.raw;
        } else {
            resource.measures.push_back({measure.metric, measure.raw});
        }
    }
}

// When it came into being. What is dated later than it is now was dated by another clock, and nobody knows. While the
// time since a reboot is not known, wall time stands where it was then.
std::optional<Instant> Meter::creation(const Taking& taking, const Reading& reading) const {
    if (!reading.created || *reading.created > taking.wall)
        return std::nullopt;
    return lost_time_at_.value_or(taking.now) - (taking.wall - *reading.created);
}

void Meter::back_charge(Taking& taking, Instant from, const Rates& rates) {
    if (from >= taking.now)
        return;
    if (lost_time_at_ && from <= *lost_time_at_)
        rates_when_down_ += rates;
    taking.charges.push_back({from, taking.now, cost_rounded_up(rates, taking.now - from)});
    const Duration unseen = taking.now - std::max(from, last_complete_);
    charged_since_look_ += cost_rounded_up(rates, std::max(Duration{0}, unseen));
}

}  // namespace noodstop::core
