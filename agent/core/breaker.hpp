// The latch of one zone and everything that must survive with it (DESIGN.md 5). enter() is the only way to change the
// state; who decides when is the engine.
#pragma once

#include "agent/core/runbook.hpp"
#include "agent/core/snapshot.hpp"

#include <set>

namespace noodstop::core {

using ResourceKey = std::pair<ProviderName, ResourceId>;

inline constexpr std::size_t stop_times_max = 100;  // measured trip-to-observed durations kept

struct Breaker {
    BreakerState state = BreakerState::disarmed;
    Instant since;
    WallTime since_wall;
    std::string reason;  // a sentence: why it is in this state
    LimitName cause;     // of a trip; empty: an order

    bool warned = false;
    bool held = false;
    bool impaired = false;
    bool unproven = false;
    bool overdue = false;

    bool disarmed_by_order = false;
    ZoneMode configured_mode = ZoneMode::disarmed;  // as last read: only a change of the file acts
    std::optional<WallTime> observe_until;
    std::uint64_t latch_version = 0;

    std::vector<Target> targets;                  // what is not finished
    std::set<ResourceKey> survivors;              // what the trip decided to leave running
    std::set<ResourceKey> admitted;               // what ran when the hold began
    std::set<ResourceKey> suspended;              // by a hold
    std::set<ResourceKey> stopped_baseline;       // what restore would start
    std::map<ResourceKey, Instant> just_stopped;  // looks from before don't count against these
    std::deque<Instant> baseline_stops;           // of the last hour
    std::deque<Duration> stop_times;
    std::uint32_t stopped_count = 0;  // since the trip
    Instant last_stop_observed;

    std::uint32_t calm_looks = 0;
    Instant last_calm_look;
    bool would_trip_told = false;
    bool would_hold_told = false;
    bool expiry_told = false;

    bool closed() const { return state == BreakerState::tripped || state == BreakerState::latched; }
    // The slowest of the measured stops: with at most a hundred kept, their p99.
    Duration slowest_stop() const;
    void measure_stop(Duration time);
    Target* target(const ProviderName& provider, const ResourceId& resource);
    std::set<ResourceId> targets_of(const ProviderName& provider) const;
    void forget_targets(Purpose purpose);
};

// Changes the state. What belongs to the state left behind goes: flags of a trip, survivors, told-once marks.
void enter(Breaker& breaker, BreakerState next, Instant now, WallTime wall, std::string reason);

Latch latch_of(const Breaker& breaker, const ZoneName& zone);
// A latch file that is newer than the state found wins, in both directions.
void take_latch(Breaker& breaker, const Latch& latch, Instant now, WallTime wall);

template <class Archive>
void describe(Archive& archive, Breaker& breaker) {
    archive(breaker.state, breaker.since, breaker.since_wall, breaker.reason, breaker.cause, breaker.warned,
            breaker.held, breaker.impaired, breaker.unproven, breaker.overdue, breaker.disarmed_by_order,
            breaker.configured_mode, breaker.observe_until, breaker.latch_version, breaker.targets, breaker.survivors,
            breaker.admitted, breaker.suspended, breaker.stopped_baseline, breaker.just_stopped, breaker.baseline_stops,
            breaker.stop_times, breaker.stopped_count, breaker.last_stop_observed, breaker.calm_looks,
            breaker.last_calm_look, breaker.would_trip_told, breaker.would_hold_told, breaker.expiry_told);
}

}  // namespace noodstop::core
