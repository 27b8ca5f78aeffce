// Runs, counters and positions, on the wire and ours.
#include "proto/codec/enums.hpp"
#include "proto/codec/text.hpp"

namespace noodstop::codec {
namespace {

void to_wire(const core::Sample& sample, v1::Sample& wire) {
    wire.set_sequence(sample.sequence);
    wire.set_wall_unix_micros(sample.at.since_epoch.count());
    for (const core::Counter& counter : sample.counters)
        codec::to_wire(counter, sample.at, *wire.add_counters());
}

core::Sample from_wire(const v1::Sample& wire, Problem& problem) {
    core::Sample sample{wire.sequence(), core::WallTime{core::Duration{wire.wall_unix_micros()}}, {}};
    for (const v1::Counter& counter : wire.counters())
        sample.counters.push_back(codec::from_wire(counter, sample.at, problem));
    return sample;
}

// What a run of either lane says of itself.
template <class Wire>
void bounds_to(const core::RunBounds& bounds, Wire& wire) {
    if (bounds.after)
        codec::to_wire(*bounds.after, *wire.mutable_after());
    wire.set_epoch(bounds.epoch);
    wire.set_last(bounds.last);
}

template <class Wire>
void bounds_from(const Wire& wire, core::RunBounds& bounds) {
    if (wire.has_after())
        bounds.after = codec::from_wire(wire.after());
    bounds.epoch = wire.epoch();
    bounds.last = wire.last();
}

void to_wire(const core::LaneAnswer& answer, v1::LaneAnswer& wire) {
    wire.set_taken(answer.taken);
    if (answer.head)
        codec::to_wire(*answer.head, *wire.mutable_head());
}

core::LaneAnswer from_wire(const v1::LaneAnswer& wire) {
    core::LaneAnswer answer{wire.taken(), std::nullopt};
    if (wire.has_head())
        answer.head = codec::from_wire(wire.head());
    return answer;
}

}  // namespace

void to_wire(const core::Gap& gap, v1::FactGap& wire) {
    wire.set_first(gap.first);
    wire.set_last(gap.last);
    wire.set_reason(to_wire(gap.reason));
}

core::Gap from_wire(const v1::FactGap& wire, Problem& problem) {
    return {wire.first(), wire.last(), from_wire(wire.reason(), problem)};
}

void to_wire(const core::Counter& counter, core::WallTime at, v1::Counter& wire) {
    wire.set_kind(to_wire(counter.name.kind));
    wire.set_tenant(valid_text(counter.name.tenant.text));
    wire.set_zone(valid_text(counter.name.zone.text));
    wire.set_limit(valid_text(counter.name.limit.text));
    wire.set_provider(valid_text(counter.name.provider.text));
    wire.set_resource(valid_text(counter.name.resource.text));
    wire.set_currency(valid_text(counter.name.currency));
    wire.set_value_micros(counter.value.micros);
    if (counter.since)
        wire.set_since_unix_micros(counter.since->since_epoch.count());
    if (counter.at != at)
        wire.set_wall_unix_micros(counter.at.since_epoch.count());
}

core::Counter from_wire(const v1::Counter& wire, core::WallTime at, Problem& problem) {
    core::Counter counter;
    counter.name.kind = from_wire(wire.kind(), problem);
    counter.name.tenant.text = wire.tenant();
    counter.name.zone.text = wire.zone();
    counter.name.limit.text = wire.limit();
    counter.name.provider.text = wire.provider();
    counter.name.resource.text = wire.resource();
    counter.name.currency = wire.currency();
    counter.value.micros = wire.value_micros();
    if (wire.has_since_unix_micros())
        counter.since = core::WallTime{core::Duration{wire.since_unix_micros()}};
    counter.at = wire.has_wall_unix_micros() ? core::WallTime{core::Duration{wire.wall_unix_micros()}} : at;
    return counter;
}

void to_wire(const core::Position& position, v1::UplinkPosition& wire) {
    wire.set_epoch(position.epoch);
    wire.set_sequence(position.sequence);
}

core::Position from_wire(const v1::UplinkPosition& wire) {
    return {wire.epoch(), wire.sequence()};
}

void to_wire(const core::FactRun& run, v1::FactRun& wire) {
    bounds_to(run, wire);
    all_to_wire(run.facts, *wire.mutable_facts());
    for (const core::Gap& gap : run.gaps)
        to_wire(gap, *wire.add_gaps());
}

core::FactRun from_wire(const v1::FactRun& wire, Problem& problem) {
    core::FactRun run;
    bounds_from(wire, run);
    run.facts = all_from_wire(wire.facts(), problem);
    for (const v1::FactGap& gap : wire.gaps())
        run.gaps.push_back(from_wire(gap, problem));
    return run;
}

void to_wire(const core::SampleRun& run, v1::SampleRun& wire) {
    bounds_to(run, wire);
    wire.set_line(run.line);
    for (const core::Sample& sample : run.samples)
        to_wire(sample, *wire.add_samples());
}

core::SampleRun from_wire(const v1::SampleRun& wire, Problem& problem) {
    core::SampleRun run;
    bounds_from(wire, run);
    run.line = wire.line();
    for (const v1::Sample& sample : wire.samples())
        run.samples.push_back(from_wire(sample, problem));
    return run;
}

void to_wire(const core::HubAnswer& answer, v1::PushResponse& wire) {
    to_wire(answer.facts, *wire.mutable_facts());
    to_wire(answer.samples, *wire.mutable_samples());
}

core::HubAnswer from_wire(const v1::PushResponse& wire) {
    return {from_wire(wire.facts()), from_wire(wire.samples())};
}

}  // namespace noodstop::codec
