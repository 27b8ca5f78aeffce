// Carries a stop through to what is observed: one target at a time, lever after lever (DESIGN.md 3 and 5).
//
//   waiting --order--> ordered --observed--> done
//      ^                  |  report refused, or deadline passed: the next lever, at once
//      |                  |  the last lever: again, with back-off
//      +------------------+
//   unverified: an order of before a restart; observed first, then as observed.
#pragma once

#include "agent/core/archive_units.hpp"
#include "agent/core/authority.hpp"
#include "agent/core/effect.hpp"
#include "agent/core/fact_log.hpp"

namespace noodstop::core {

enum class Purpose : std::uint8_t {
    stop,     // of a trip or latch: until gone
    hold,     // appeared while held: until frozen or gone
    resume,   // was suspended by a hold that ended: until not frozen
    restore,  // baseline that a trip had stopped: until running
};

enum class TargetPhase : std::uint8_t { waiting, ordered, unverified };

struct Target {
    ProviderName provider;
    ResourceId resource;
    ResourceClass class_ = ResourceClass::unknown;
    Purpose purpose = Purpose::stop;
    TargetPhase phase = TargetPhase::waiting;
    std::uint32_t lever_index = 0;  // into levers()
    std::uint32_t attempts = 0;     // of the last lever
    StepId step;
    Instant added;
    Instant ordered_at;
    Instant deadline;
    Instant next_try;
    Instant next_observation;
    Duration observation_interval{0};
    Observed last_observed = Observed::unknown;
    std::string refusal;  // reasons so far, each told once
};

// What driving a target needs to know and may change.
struct RunbookScene {
    const ZoneName& zone;
    const TenantName& tenant;
    const Runbook& rules;
    const Mandate* mandate = nullptr;
    Instant now;
    WallTime wall;
    FactLog& facts;
    Effects& effects;
    std::uint64_t& last_step_number;
    std::deque<Instant>& baseline_stops;  // of the last hour
};

// The levers of a purpose, in order; a hold falls back on those of a stop.
std::vector<LeverRule> levers(const Runbook& rules, Purpose purpose);

// Some step was given, so that its effect may still come.
bool was_ordered(const Target& target);

// Orders, observes and moves on as time passes. Returns false if every lever is refused by the mandate.
bool drive(RunbookScene& scene, Target& target);

void take_report(RunbookScene& scene, Target& target, const StepReport& report);

// True: the purpose is reached, the target is done.
bool take_observation(RunbookScene& scene, Target& target, const Observation& observation);

// After a restart nobody knows what became of an order.
void doubt(Target& target, Instant now);

// When drive() has something to do again.
Instant next_action(const Target& target);

std::string describe_progress(const Runbook& rules, const Target& target);

template <class Archive>
void describe(Archive& archive, StepId& id) {
    archive(id.number);
}
template <class Archive>
void describe(Archive& archive, Target& target) {
    archive(target.provider, target.resource, target.class_, target.purpose, target.phase, target.lever_index,
            target.attempts, target.step, target.added, target.ordered_at, target.deadline, target.next_try,
            target.next_observation, target.observation_interval, target.last_observed, target.refusal);
}

}  // namespace noodstop::core
