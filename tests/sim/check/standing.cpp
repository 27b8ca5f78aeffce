#include "tests/sim/check/standing.hpp"

#include <algorithm>

namespace noodstop::sim {
namespace {

bool allows(const std::vector<std::string>& allowed, const std::string& value) {
    return allowed.empty() || std::find(allowed.begin(), allowed.end(), value) != allowed.end();
}

std::int64_t weight(const core::Limit& limit, const core::Reading& reading) {
    if (limit.kind == core::LimitKind::allow)  // what was agreed by name offends nobody
        return !is_named_by_mandate(reading.id.text) &&
               (!allows(limit.regions, reading.region) || !allows(limit.skus, reading.sku));
    return limit.counted == core::Counted::resources ? 1
           : limit.counted == core::Counted::vcpus   ? reading.vcpus
                                                     : reading.gpus;
}

bool is_overfull(const World& world, const core::Look& look) {
    const std::vector<core::ProviderPolicy>& providers = world.configuration().providers;
    return std::any_of(providers.begin(), providers.end(), [&](const core::ProviderPolicy& provider) {
        return provider.name == look.provider && look.readings.size() > provider.resources_max;
    });
}

// The world's sums are worth nothing against these.
bool sums_are_excused(const World& world) {
    const Excuses& excuses = world.excuses();
    return excuses.prices_changed || excuses.clock_wrong || excuses.clouds_lie || excuses.disk_forgets ||
           excuses.overflowed || world.reckoning().ended_before();
}

}  // namespace

void Standing::policy_given(const core::Policy& policy) {
    for (const core::Limit& limit : policy.limits)
        raised(limit.name, limit.stop.value_or(core::money_max.micros));
}

void Standing::raised(const core::LimitName& limit, std::int64_t stop) {
    std::int64_t& highest = highest_stop_[limit];
    highest = std::max(highest, stop);
}

void Standing::observed(const core::ProviderName& provider, Duration now) {
    seen_[provider.text].observed_at = now;
}

void Standing::process_ended(bool forgets) {
    streaks_.clear();
    if (forgets)
        seen_.clear();
}

void Standing::look_delivered(const World& world, const core::Look& look, Duration asked_at) {
    Seen& seen = seen_[look.provider.text];
    if (look.quality == core::LookQuality::absent || asked_at <= seen.asked_at)
        return;  // says nothing, or is late
    seen.asked_at = asked_at;
    const bool is_whole = look.quality == core::LookQuality::good && !is_overfull(world, look);
    seen.shown.clear();
    for (const core::Reading& reading : look.readings)
        seen.shown[reading.id.text] = reading;
    for (const core::Limit& limit : world.configuration().limits)
        if (clouds_of(world, limit).contains(look.provider.text))
            follow(world, limit, is_whole);
}

// Looks that come close together may count as one.
void Standing::follow(const World& world, const core::Limit& limit, bool is_whole) {
    Streak& streak = streaks_[limit.name];
    const Duration interval = world.plan().poll_interval;
    if (!is_whole || !shows_reached(world, limit) || (streak.since && world.now() - streak.last > interval * 2))
        streak = {};
    if (!is_whole || !shows_reached(world, limit))
        return;
    streak.since = streak.since.value_or(world.now());
    if (streak.looks == 0 || world.now() - streak.last > interval * 3 / 4) {
        ++streak.looks;
        streak.last = world.now();
    }
}

bool Standing::is_reached(const World& world, const core::Limit& limit) const {
    const auto streak = streaks_.find(limit.name);
    if (streak == streaks_.end() || !streak->second.since || *streak->second.since >= world.now() ||
        !shows_reached(world, limit))
        return false;
    if (limit.kind == core::LimitKind::spend)
        return true;
    const auto clouds = static_cast<std::uint32_t>(clouds_of(world, limit).size());
    return streak->second.looks > limit.confirm * clouds;
}

bool Standing::shows_reached(const World& world, const core::Limit& limit) const {
    const auto found = highest_stop_.find(limit.name);
    if (found == highest_stop_.end())
        return false;
    const std::set<std::string> clouds = clouds_of(world, limit);
    switch (limit.kind) {
        case core::LimitKind::spend:
            return spend_is_reached(world, limit);
        case core::LimitKind::rate:
            return !sums_are_excused(world) && world.reckoning().known_rate(clouds) >= found->second;
        case core::LimitKind::count:
            return counted(limit, clouds) >= found->second;
        case core::LimitKind::allow:
            return limit.allow_stage == core::Stage::stop && counted(limit, clouds) >= 1;
    }
    return false;
}

// What was spent, and what will be until a stop ordered now is observed. Where something was observed since the look,
// less may run than it showed.
bool Standing::spend_is_reached(const World& world, const core::Limit& limit) const {
    if (sums_are_excused(world))
        return false;
    const std::set<std::string> clouds = clouds_of(world, limit);
    Wide rate = 0;
    for (const std::string& cloud : clouds)
        if (const auto seen = seen_.find(cloud);
            seen != seen_.end() && seen->second.observed_at < seen->second.asked_at)
            rate += world.reckoning().known_rate({cloud});
    const std::int64_t spent = world.reckoning().at_least(clouds, window_begins(world, limit, Edge::late));
    const auto coming = static_cast<std::int64_t>(rate * reaction_of(world).count() / hour_micros);
    const std::int64_t stop = highest_stop_.at(limit.name);
    return stop < core::money_max.micros && spent + coming >= stop + stop / 1000 + 100;
}

std::int64_t Standing::counted(const core::Limit& limit, const std::set<std::string>& clouds) const {
    std::int64_t sum = 0;
    for (const std::string& cloud : clouds)
        if (const auto seen = seen_.find(cloud);
            seen != seen_.end() && seen->second.observed_at < seen->second.asked_at)
            for (const auto& [id, reading] : seen->second.shown)
                sum += reading.activity == core::Activity::stopped ? 0 : weight(limit, reading);
    return sum;
}

}  // namespace noodstop::sim
