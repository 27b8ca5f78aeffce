// Everything that can happen to the engine. Together with its clock reading an input determines the effects.
#pragma once

#include "agent/core/clock_reading.hpp"
#include "agent/core/fact.hpp"
#include "agent/core/lever.hpp"
#include "agent/core/order.hpp"
#include "agent/core/policy.hpp"
#include "agent/core/record.hpp"

#include <variant>

namespace noodstop::core {

struct Tick {};

// A new configuration. Only tightening reaches zones that are tripped or latched.
struct PolicyChange {
    Policy policy;
};

// An invoice for a span that is over (DESIGN.md 4.5).
struct LateBill {
    LimitName limit;
    WallTime from;  // begin of the closed window
    Money amount;
};

// Something that the shell noticed and that belongs into the journal: privileges refused, a child restarted, ...
struct Notice {
    Fact fact;  // its times are set by the engine
};

// Latches that a start could not read, on a disk that answers only now.
struct LatchesFound {
    std::vector<Latch> latches;
};

// Somebody wants to know whether a zone's granted steps could be carried out now. Answered by an OrderReply when the
// providers have answered, or said nothing for too long.
struct RehearsalRequest {
    std::uint64_t request = 0;
    ZoneName zone;  // empty: all
};

// An order, with the number by which the shell finds who waits for the answer.
struct OrderInput {
    std::uint64_t request = 0;
    Order order;
};

using Input = std::variant<Tick, Look, StepReport, Observation, Rehearsal, OrderInput, RehearsalRequest, PolicyChange,
                           Calendar, LateBill, Notice, LatchesFound>;

}  // namespace noodstop::core
