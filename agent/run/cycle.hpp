// The cycle without I/O: collect inputs, step the engine, have the results made durable by a deadline, let the
// steps go, publish. The loop around it (loop.hpp) only carries out actions and hands in what happened; a simulation
// does the same with a disk and providers of its own.
//
//   collect(...) --> turn(clock) --> Persist ---> persisted(number, ok)      steps of a batch leave when it is durable
//                                \-> StartLook, StartStep, ...               or when the durability deadline has passed
//
// Fails at nothing: an exception from the engine becomes a fault_survived fact and the turn goes on.
#pragma once

#include "agent/core/engine.hpp"

#include <deque>
#include <map>
#include <set>
#include <string>
#include <variant>
#include <vector>

namespace noodstop::run {

struct StartLook {
    core::ProviderName provider;
    std::uint64_t number = 0;  // handed back with the look; a look whose number was given up counts as late
};
struct StartStep {
    core::StepOrder order;
};
struct StartObservation {
    core::ObserveOrder order;
};
struct StartRehearsal {
    core::RehearseOrder order;
};
struct Persist {
    core::RecordBatch batch;
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

using Action = std::variant<Persist, StartStep, StartLook, StartObservation, StartRehearsal, Reply, Notify,
                            PublishFacts, PublishSnapshot>;

class Cycle {
public:
    Cycle(core::Engine engine, std::uint64_t last_sequence);

    void collect(core::Input input);
    // The answer to StartLook. The cycle stamps taken_at with the moment at which it started the look.
    void collect_look(std::uint64_t number, core::Look look);
    // The answer to Persist. ok = false: the store is dead; the loop has replaced or given it up.
    void persisted(std::uint64_t batch_number, bool ok);

    std::vector<Action> turn(const core::ClockReading& clock);

    // At the latest after this long turn() must be called again, whatever happens.
    core::Duration next_turn_within() const;

    const core::Engine& engine() const { return engine_; }

private:
    // (private part is the implementer's)
    core::Engine engine_;
    std::uint64_t last_sequence_;
};

}  // namespace noodstop::run
