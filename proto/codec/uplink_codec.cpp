#include "proto/codec/uplink_codec.hpp"

#include "proto/codec/service_codec.hpp"
#include "proto/codec/text.hpp"
#include "proto/codec/wire.hpp"

#include <algorithm>

namespace noodstop::codec {
namespace {

// A fact that a newer agent has a kind for is no reason to refuse all the others: it becomes a gap.
core::FactRun lenient_run_from(v1::FactRun wire, Problem& problem) {
    const google::protobuf::RepeatedPtrField<v1::Fact> facts = std::move(*wire.mutable_facts());
    wire.clear_facts();
    core::FactRun run = from_wire(wire, problem);
    for (const v1::Fact& fact : facts) {
        Problem of_fact;
        core::RecordedFact recorded = from_wire(fact, of_fact);
        if (of_fact.none())
            run.facts.push_back(std::move(recorded));
        else
            run.gaps.push_back({recorded.sequence, recorded.sequence, core::GapReason::damaged});
    }
    std::sort(run.gaps.begin(), run.gaps.end(),
              [](const core::Gap& left, const core::Gap& right) { return left.first < right.first; });
    return run;
}

Push push_from(const v1::PushRequest& wire, Problem& problem) {
    Push push;
    push.agent = checked_text(wire.agent(), name_size_max, "agent", problem);
    if (push.agent.empty())
        problem.tell("a push names no agent");
    push.batch.facts = lenient_run_from(wire.facts(), problem);
    push.batch.samples = from_wire(wire.samples(), problem);
    if (wire.has_newest_fact())
        push.batch.newest_fact = codec::from_wire(wire.newest_fact());
    if (wire.has_newest_sample())
        push.batch.newest_sample = codec::from_wire(wire.newest_sample());
    if (wire.has_status())
        push.status = from_wire(wire.status(), problem);
    return push;
}

}  // namespace

std::string encode_push(const Push& push) {
    v1::PushRequest wire;
    wire.set_agent(valid_text(push.agent));
    to_wire(push.batch.facts, *wire.mutable_facts());
    to_wire(push.batch.samples, *wire.mutable_samples());
    if (push.batch.newest_fact)
        to_wire(*push.batch.newest_fact, *wire.mutable_newest_fact());
    if (push.batch.newest_sample)
        to_wire(*push.batch.newest_sample, *wire.mutable_newest_sample());
    if (push.status)
        to_wire(*push.status, *wire.mutable_status());
    return wire.SerializeAsString();
}

Decoded<Push> decode_push(std::string_view bytes) {
    return decode_as<v1::PushRequest>(bytes, push_from);
}

std::string encode_hub_answer(const core::HubAnswer& answer) {
    v1::PushResponse wire;
    to_wire(answer, wire);
    return wire.SerializeAsString();
}

Decoded<core::HubAnswer> decode_hub_answer(std::string_view bytes) {
    return decode_as<v1::PushResponse>(bytes, [](const v1::PushResponse& wire, Problem&) { return from_wire(wire); });
}

}  // namespace noodstop::codec
