// The engine decides: inputs and their time in, effects out. Pure and deterministic (DESIGN.md 3): no I/O, clock,
// thread or randomness; the same inputs give the same effects, bit for bit.
//
// Contract for the caller, in this order, for the effects of each step:
//   1. make `facts`, `state` and `latches` durable, at the latest until the policy's durability deadline;
//   2. then start `steps`, and ask for `observations`, `looks` and `rehearsals` at any time;
//   3. feed every answer back as an input. An answer that never comes is the engine's to deal with.
#pragma once

#include "agent/core/effect.hpp"
#include "agent/core/input.hpp"
#include "agent/core/record.hpp"
#include "agent/core/snapshot.hpp"

#include <memory>
#include <span>

namespace noodstop::core {

class Engine {
public:
    // Takes up the state that the store recovered; pieces that can't be read are named in a state_lost fact of the
    // first step, and zones whose latch is closed come up tripped or latched whatever else was lost.
    Engine(Policy policy, const Recovered& recovered);
    ~Engine();
    Engine(Engine&&) noexcept;
    Engine& operator=(Engine&&) noexcept;

    // Takes all inputs, in their order, and then decides once: looks that arrived together are judged together, so
    // that no zone is tripped for what the next of them takes back.
    Effects step(std::span<const Input> inputs, const ClockReading& clock);
    Effects step(const Input& input, const ClockReading& clock) { return step({&input, 1}, clock); }

    // All state, to be kept at the checkpoint interval; effects carry what may not wait for it.
    StatePieces save() const;

    // When step must be called again at the latest if nothing else happens.
    Duration next_step_within() const;

    Snapshot snapshot() const;
    std::vector<ResourceStatus> resources() const;  // sorted by provider and id

    // As save() keeps them now, while the policy has somebody who is told of them; else none.
    std::vector<Counter> counters() const;

    // Of the last step: what the shell stamps looks with.
    Instant now() const;

    // Wall time as windows use it: follows the boot clock, never goes back (timeline.hpp). The shell makes the
    // Calendar around it.
    WallTime window_time() const;
    bool wants_calendar() const;

    // Of everything that decides: equal digests mean equal futures under equal inputs.
    std::uint64_t digest() const;

    const Policy& policy() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace noodstop::core
