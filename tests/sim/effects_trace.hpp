// All that an agent does in a life, as lines with their times: steps, latches, batches, replies, what it decides and
// what it shows. Without what is about the channel itself, and without the numbers of facts, which that shifts.
#pragma once

#include "tests/sim/witness.hpp"

#include <string>
#include <vector>

namespace noodstop::sim {

struct Trace {
    std::vector<std::string> lines;
    // What is left out of them.
    std::size_t channel_facts = 0;
    std::size_t spool_facts = 0;  // of these, such as only the answer to a batch can cause
    std::size_t counters = 0;
};

class EffectsTrace : public Checker {
public:
    explicit EffectsTrace(Trace& trace) : trace_(trace) {}
    const char* name() const override { return "trace"; }

    void started(const core::Recovered&) override { tell("starts"); }
    void ended(Ending) override { tell("ends"); }
    void decided(const std::vector<core::RecordedFact>& facts) override;
    void published(const core::Snapshot& snapshot) override;
    void latch_sent(const core::Latch& latch) override;
    void latch_kept(const core::Latch& latch, bool durable) override;
    void persist_sent(const core::RecordBatch& batch, bool whole_state) override;
    void persist_answered(const core::RecordBatch& batch, bool durable) override;
    void step_started(const core::StepOrder& step) override;
    void step_reported(const core::StepReport& report) override;
    void replied(const core::Order& order, const core::OrderAnswer& answer) override;
    void look_delivered(const core::Look& look, Duration asked_at, Duration read_at) override;

private:
    void tell(const std::string& what);
    Trace& trace_;
};

}  // namespace noodstop::sim
