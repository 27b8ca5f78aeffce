// What the cycle wants done, as data. The loop (or a simulation) carries them out in the order given and hands what
// came of them back to the cycle.
#pragma once

#include "agent/core/effect.hpp"
#include "agent/core/record.hpp"
#include "agent/core/snapshot.hpp"

#include <cstdint>
#include <variant>
#include <vector>

namespace noodstop::run {

// To be written into the zone's own latch file at once, by whoever is not held up by the database. Needs no answer;
// whoever writes repeats until it succeeds or a newer latch of the zone comes.
struct KeepLatch {
    core::Latch latch;
};
// To be made durable. Answered by Cycle::persisted. `whole_state` says that the batch carries all state, so that a
// dead store can begin anew with it.
struct Persist {
    core::RecordBatch batch;
    bool whole_state = false;
};
struct StartStep {
    core::StepOrder order;
};
struct StartLook {
    core::ProviderName provider;
    std::uint64_t number = 0;  // handed back with the look; a look whose number was given up counts as late
};
struct StartObservation {
    core::ObserveOrder order;
};
struct StartRehearsal {
    core::RehearseOrder order;
};
struct Reply {
    core::OrderReply reply;
};
struct Notify {
    core::Notification notification;
    core::RecordedFact fact;
};
struct PublishFacts {
    std::vector<core::RecordedFact> facts;  // for watchers; says nothing about durability
};
struct PublishSnapshot {
    core::Snapshot snapshot;
};

using Action = std::variant<KeepLatch, Persist, StartStep, StartLook, StartObservation, StartRehearsal, Reply, Notify,
                            PublishFacts, PublishSnapshot>;

}  // namespace noodstop::run
