// What the engine wants done, as data. The order in which it is done is the contract of engine.hpp.
#pragma once

#include "agent/core/fact.hpp"
#include "agent/core/lever.hpp"
#include "agent/core/order.hpp"
#include "agent/core/record.hpp"

namespace noodstop::core {

struct ObserveOrder {
    ProviderName provider;
    ResourceId resource;
};

struct RehearseOrder {
    ProviderName provider;
    std::vector<Lever> levers;
};

struct OrderReply {
    std::uint64_t request = 0;
    OrderAnswer answer;
};

struct Effects {
    std::vector<Fact> facts;  // in the order in which they happened
    StatePieces state;        // pieces that must be durable with these facts
    std::vector<Latch> latches;
    std::vector<StepOrder> steps;  // each has a step_intended fact in this or an earlier step
    std::vector<ObserveOrder> observations;
    std::vector<ProviderName> looks;  // wanted now, beside the regular ones
    std::vector<RehearseOrder> rehearsals;
    std::vector<OrderReply> replies;
    bool wants_checkpoint = false;    // with `state` all other state is to be kept, as of now
    bool zone_changed_state = false;  // worth telling at once
};

}  // namespace noodstop::core
