#include "agent/core/breaker.hpp"

#include <algorithm>

namespace noodstop::core {

Duration Breaker::slowest_stop() const {
    return stop_times.empty() ? Duration{0} : *std::max_element(stop_times.begin(), stop_times.end());
}

void Breaker::measure_stop(Duration time) {
    stop_times.push_back(time);
    if (stop_times.size() > stop_times_max)
        stop_times.pop_front();
}

Target* Breaker::target(const ProviderName& provider, const ResourceId& resource) {
    const auto place = std::find_if(targets.begin(), targets.end(), [&](const Target& target) {
        return target.resource == resource && target.provider == provider;
    });
    return place == targets.end() ? nullptr : &*place;
}

std::set<ResourceId> Breaker::targets_of(const ProviderName& provider) const {
    std::set<ResourceId> resources;
    for (const Target& target : targets)
        if (target.provider == provider)
            resources.insert(target.resource);
    return resources;
}

void Breaker::forget_targets(Purpose purpose) {
    std::erase_if(targets, [purpose](const Target& target) { return target.purpose == purpose; });
}

void enter(Breaker& breaker, BreakerState next, Instant now, WallTime wall, std::string reason) {
    const bool was_closed = breaker.closed();
    breaker.state = next;
    breaker.since = now;
    breaker.since_wall = wall;
    breaker.reason = std::move(reason);
    breaker.would_trip_told = false;
    breaker.would_hold_told = false;
    switch (next) {
        case BreakerState::tripped:
            breaker.overdue = false;
            breaker.stopped_count = 0;
            breaker.stopped_baseline.clear();
            ++breaker.latch_version;
            return;
        case BreakerState::latched:
            breaker.overdue = false;
            ++breaker.latch_version;
            return;
        case BreakerState::disarmed:
        case BreakerState::observing:
        case BreakerState::armed:
            breaker.targets.clear();
            breaker.survivors.clear();
            breaker.admitted.clear();
            breaker.just_stopped.clear();
            breaker.held = false;
            breaker.overdue = false;
            breaker.cause = {};
            if (was_closed)
                ++breaker.latch_version;
            return;
    }
}

Latch latch_of(const Breaker& breaker, const ZoneName& zone) {
    Latch latch;
    latch.zone = zone;
    latch.version = breaker.latch_version;
    latch.tripped = breaker.closed();
    latch.latched = breaker.state == BreakerState::latched;
    latch.since = breaker.since_wall;
    latch.reason = breaker.reason;
    latch.survivors.assign(breaker.survivors.begin(), breaker.survivors.end());
    return latch;
}

void take_latch(Breaker& breaker, const Latch& latch, Instant now, WallTime wall) {
    const bool newer = latch.version > breaker.latch_version;
    breaker.latch_version = std::max(breaker.latch_version, latch.version);
    if (latch.tripped == breaker.closed()) {
        if (newer && latch.tripped)
            breaker.survivors = {latch.survivors.begin(), latch.survivors.end()};
        return;
    }
    // Of the same change the closed side wins.
    if (!newer && (breaker.closed() || latch.version < breaker.latch_version))
        return;
    // Tripped and not latched: what runs now is looked at anew, and the safe state must be observed again.
    enter(breaker, latch.tripped ? BreakerState::tripped : BreakerState::armed, now, wall, latch.reason);
    breaker.since_wall = latch.since;
    breaker.survivors = {latch.survivors.begin(), latch.survivors.end()};
    breaker.latch_version = std::max(breaker.latch_version, latch.version);
}

}  // namespace noodstop::core
