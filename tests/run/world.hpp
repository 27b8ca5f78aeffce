// A scripted world around a Cycle with the real engine: a provider with one resource that costs a unit a second, a
// disk that works, hangs or fails, and a clock that only this test moves.
#pragma once

#include "agent/run/cycle.hpp"

#include <functional>
#include <string>
#include <vector>

namespace noodstop::testing {

using core::Duration;
using std::chrono::milliseconds;
using std::chrono::seconds;

// One zone "dev", armed, of one provider "batch"; trips at a spend of `stop` units.
core::Policy small_policy(int stop = 3);

enum class Disk { works, hangs, fails };

class World {
public:
    explicit World(core::Policy policy = small_policy(), const core::Recovered& recovered = {});

    // Turns whenever the cycle wants, until `time` has passed.
    void run_for(Duration time);
    // ... or until `reached` holds; false if it never did.
    bool run_until(const std::function<bool()>& reached, Duration within);
    void turn();
    // The disk answers for what it was given while it hung.
    void disk_wakes_up();

    core::ClockReading clock() const;
    std::size_t count(core::FactKind kind) const;
    bool steps_started() const { return !steps.empty(); }
    bool tripped() const { return count(core::FactKind::tripped) > 0; }

    run::Cycle cycle;
    Duration now{std::chrono::hours(1)};

    // What the world does.
    Disk disk = Disk::works;
    Duration disk_takes = milliseconds(2);
    bool provider_answers = true;
    std::vector<core::ResourceId> running{{"job"}};
    Duration look_takes = milliseconds(1);

    // What the cycle wanted, in order.
    std::vector<std::string> events;
    std::vector<core::RecordBatch> batches;
    std::vector<core::RecordedFact> facts;    // as published
    std::vector<core::RecordedFact> durable;  // as the disk has them
    std::vector<core::StepOrder> steps;
    std::vector<core::Latch> latches;
    std::vector<run::StartLook> unanswered_looks;
    std::vector<core::OrderReply> replies;
    std::vector<run::Notify> notifications;
    std::vector<core::Snapshot> snapshots;
    std::vector<Duration> snapshot_times;
    std::size_t whole_states = 0;

    core::Look look() const;

private:
    struct Pending {
        Duration at{0};
        std::function<void()> answer;
    };

    void later(Duration after, std::function<void()> answer);
    void carry_out(const run::Action& action);
    void persist(const run::Persist& persist);
    void keep(const core::RecordBatch& batch);
    void step(const core::StepOrder& order);
    void observe(const core::ObserveOrder& order);
    void rehearse(const core::RehearseOrder& order);
    void deliver_due();
    Duration next_moment() const;

    std::vector<Pending> pending_;
    std::vector<core::RecordBatch> hanging_;
};

}  // namespace noodstop::testing
