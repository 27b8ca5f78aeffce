#include "tests/sim/effects_trace.hpp"

#include "tests/sim/story.hpp"
#include "tests/sim/world.hpp"

namespace noodstop::sim {
namespace {

// What the channel causes to be told of itself; and the name of a policy is made of all that is in it.
bool is_of_channel(const core::Fact& fact) {
    const bool summary_of_channel = fact.kind == core::FactKind::facts_summarized && !fact.fields.empty() &&
                                    core::fact_kind_from_name(fact.fields.front().value) >= core::FactKind::hub_missing;
    return fact.kind >= core::FactKind::hub_missing || summary_of_channel || fact.kind == core::FactKind::policy_loaded;
}

std::string text_of(core::Duration time) {
    return std::to_string(time.count());
}

}  // namespace

void EffectsTrace::tell(const std::string& what) {
    trace_.lines.push_back(text_of(world().now()) + " " + what);
}

void EffectsTrace::decided(const std::vector<core::RecordedFact>& facts) {
    for (const core::RecordedFact& fact : facts) {
        const core::FactKind kind = fact.fact.kind;
        if (!is_of_channel(fact.fact))
            tell("fact of " + text_of(fact.fact.at.since_origin) + " " + core::to_text(fact.fact));
        trace_.channel_facts += kind >= core::FactKind::hub_missing ? 1 : 0;
        trace_.spool_facts += kind >= core::FactKind::hub_went_back && kind <= core::FactKind::history_diverged ? 1 : 0;
    }
}

void EffectsTrace::published(const core::Snapshot& snapshot) {
    tell(status_line(snapshot) + (snapshot.durable ? "" : " not durable"));
}

void EffectsTrace::latch_sent(const core::Latch& latch) {
    tell("latch of " + latch.zone.text + " version " + std::to_string(latch.version) +
         (latch.tripped ? " closed" : " open"));
}

void EffectsTrace::latch_kept(const core::Latch& latch, bool durable) {
    tell("latch of " + latch.zone.text + (durable ? " is kept" : " is not kept"));
}

void EffectsTrace::persist_sent(const core::RecordBatch& batch, bool whole_state) {
    trace_.counters += batch.counters.size();
    tell("batch " + std::to_string(batch.number) + (whole_state ? " whole" : "") + (batch.urgent ? " urgent" : ""));
}

void EffectsTrace::persist_answered(const core::RecordBatch& batch, bool durable) {
    tell("batch " + std::to_string(batch.number) + (durable ? " is durable" : " failed"));
}

void EffectsTrace::step_started(const core::StepOrder& step) {
    tell("step " + std::to_string(step.id.number) + " " + core::to_text(step.lever) + " of " + step.provider.text +
         "/" + step.resource.text);
}

void EffectsTrace::step_reported(const core::StepReport& report) {
    tell("report of step " + std::to_string(report.id.number));
}

void EffectsTrace::replied(const core::Order& order, const core::OrderAnswer& answer) {
    tell("answer to " + std::string(core::to_text(order.kind)) + " of " + order.zone.text + ": " + answer.message);
}

void EffectsTrace::look_delivered(const core::Look& look, Duration asked_at, Duration) {
    tell("look at " + look.provider.text + " asked at " + text_of(asked_at));
}

}  // namespace noodstop::sim
