#include "agent/core/meter.hpp"

#include <algorithm>
#include <utility>

namespace noodstop::core {
namespace {

constexpr std::size_t index_of(Metric metric) {
    return static_cast<std::size_t>(metric);
}

HourlyRate price_of(const Quote& quote, Metric metric) {
    return quote.rates[index_of(metric)];
}

// What a counter's difference over an interval is per hour, rounded up.
HourlyRate counter_rate(Wide difference_times_price, std::int64_t raw_per_unit, Duration interval) {
    const Wide divisor = Wide{raw_per_unit} * std::max<std::int64_t>(1, interval.count());
    const Wide dividend = saturating_multiply(difference_times_price, hour_micros);
    return {saturate(divide_rounded_up(dividend, divisor))};
}

LastMeasure* find_measure(Metered& resource, Metric metric) {
    const auto place = std::find_if(resource.measures.begin(), resource.measures.end(),
                                    [metric](const LastMeasure& last) { return last.metric == metric; });
    return place == resource.measures.end() ? nullptr : &*place;
}

bool is_of(const Reading& reading, const Variety& variety) {
    return variety.sku == reading.sku && variety.region == reading.region && variety.family == reading.family &&
           variety.kind == reading.kind;
}

}  // namespace

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

TimedCharge Meter::charge_downtime(Instant now) {
    const Instant from = charged_until_;
    charged_until_ = std::max(charged_until_, now);
    lost_time_at_.reset();
    const Rates ran = std::exchange(rates_when_down_, {});
    // Since the look at what runs now, that much time has passed.
    charged_since_look_ += cost_rounded_up(known_time_rates(), charged_until_ - from);
    return {from, charged_until_, cost_rounded_up(ran, charged_until_ - from)};
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
