#include "tests/sim/check/demands.hpp"

namespace noodstop::sim {
namespace {

constexpr Duration clock_slack = std::chrono::milliseconds(5);  // a look counts when the agent turns

}  // namespace

void Demands::policy_given(const core::Policy& policy) {
    for (const core::Limit& limit : policy.limits)
        raise(limit.name, limit.stop.value_or(core::money_max.micros));
}

void Demands::raise(const core::LimitName& limit, std::int64_t stop) {
    Threshold& threshold = thresholds_[limit];
    threshold.highest = std::max(threshold.highest, stop);
    threshold.lowest = std::min(threshold.lowest, stop);
}

// An order takes effect before its reply, which waits for the disk. What a file says was known when it was given.
void Demands::decided(const core::Fact& fact) {
    if (fact.kind != core::FactKind::limit_raised)
        return;
    for (const core::Stage stage : {core::Stage::hold, core::Stage::stop})
        confirmed_.erase({fact.limit, stage});
    for (const core::FactField& field : fact.fields)
        if (field.name == "by" && field.value != "configuration")
            ++thresholds_[fact.limit].raises_under_way;
}

void Demands::replied(const core::Order& order, const core::OrderAnswer& answer) {
    if (!order.raise_to || !answer.accepted)
        return;
    raise(order.limit, order.raise_to->micros);
    --thresholds_[order.limit].raises_under_way;
}

void Demands::ended() {
    seen_.clear();
    confirmed_.clear();
}

bool Demands::look_delivered(const core::Look& look, Duration asked_at) {
    Seen& seen = seen_[look.provider.text];
    if (look.quality == core::LookQuality::absent || asked_at <= seen.asked_at)
        return false;
    seen.asked_at = asked_at;
    seen.whole = seen.whole || look.quality == core::LookQuality::good;
    take(seen.shown, look);
    return true;
}

bool Demands::shows_reached(const core::Limit& limit, core::Stage stage) {
    const std::optional<std::int64_t> least = threshold(limit, stage);
    if (!least)
        return false;
    if (limit.kind == core::LimitKind::spend)
        return spend_is_reached(limit, *least);
    if (limit.kind == core::LimitKind::rate) {
        const Excuses& excuses = world_.excuses();
        const std::int64_t rate = world_.reckoning().shown_rate(clouds_of(world_, limit));
        return confirm(limit, stage, !excuses.prices_changed && !excuses.overflowed && rate >= *least);
    }
    return confirm(limit, stage, counted(limit) >= *least);
}

// `hold` is raised with `stop`, in proportion.
std::optional<std::int64_t> Demands::threshold(const core::Limit& limit, core::Stage stage) const {
    if (limit.kind == core::LimitKind::allow)
        return stage == limit.allow_stage ? std::optional<std::int64_t>(1) : std::nullopt;
    const std::optional<std::int64_t> rule = stage == core::Stage::stop ? limit.stop : limit.hold;
    const auto known = thresholds_.find(limit.name);
    if (!rule || !limit.stop || known == thresholds_.end() || known->second.raises_under_way != 0 ||
        known->second.lowest <= 0)
        return std::nullopt;
    const Threshold& threshold = known->second;
    if (stage == core::Stage::stop)
        return threshold.highest;
    return static_cast<std::int64_t>((Wide{*rule} * threshold.highest + threshold.lowest - 1) / threshold.lowest);
}

// What was spent, and what will be until the stop is observed, if it is ordered now.
bool Demands::spend_is_reached(const core::Limit& limit, std::int64_t threshold) const {
    const Excuses& excuses = world_.excuses();
    if (excuses.prices_changed || excuses.clock_wrong || excuses.clouds_lie || excuses.disk_forgets ||
        excuses.overflowed)
        return false;
    const std::set<std::string> clouds = clouds_of(world_, limit);
    const std::int64_t spent = world_.reckoning().at_least(clouds, window_begins(world_, limit, Edge::late));
    const auto coming = static_cast<std::int64_t>(Wide{world_.reckoning().shown_rate(clouds)} *
                                                  reaction_of(world_).count() / hour_micros);
    return spent + coming >= threshold + threshold / 1000 + 100;
}

// That many good looks in a row, at most three intervals apart; those of several clouds that come together are one.
bool Demands::confirm(const core::Limit& limit, core::Stage stage, bool condition) {
    Confirmed& confirmed = confirmed_[{limit.name, stage}];
    const Duration poll_interval = world_.plan().poll_interval;
    const Duration gap = world_.now() - confirmed.last;
    if (!condition || gap > poll_interval * 3 - clock_slack)
        confirmed.looks = 0;
    if (condition && (confirmed.looks == 0 || gap >= poll_interval / 2 + clock_slack)) {
        ++confirmed.looks;
        confirmed.last = world_.now();
    }
    return condition && confirmed.looks >= limit.confirm;
}

// A cloud with more than resources_max is not told whole; one that was not seen since the start is left out.
std::int64_t Demands::counted(const core::Limit& limit) const {
    std::int64_t sum = 0;
    for (const std::string& cloud : clouds_of(world_, limit)) {
        const auto seen = seen_.find(cloud);
        if (seen == seen_.end() || !seen->second.whole)
            continue;
        for (const core::ProviderPolicy& provider : world_.plan().policy.providers)
            if (provider.name.text == cloud && seen->second.shown.size() <= provider.resources_max)
                sum += limit.kind == core::LimitKind::allow ? offenders(limit, seen->second.shown)
                                                            : weight(limit, seen->second.shown);
    }
    return sum;
}

}  // namespace noodstop::sim
