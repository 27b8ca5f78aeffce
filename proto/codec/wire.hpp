// Conversions between generated types and ours, for the codecs of this folder only: no other folder includes it.
#pragma once

#include "agent/core/order.hpp"
#include "agent/core/record.hpp"
#include "agent/core/snapshot.hpp"
#include "agent/core/uplink.hpp"
#include "noodstop/v1/control_service.pb.h"
#include "noodstop/v1/fact.pb.h"
#include "noodstop/v1/link.pb.h"
#include "noodstop/v1/order.pb.h"
#include "noodstop/v1/status.pb.h"
#include "noodstop/v1/status_service.pb.h"
#include "noodstop/v1/uplink.pb.h"
#include "noodstop/v1/uplink_service.pb.h"
#include "proto/codec/decoded.hpp"

#include <limits>
#include <string_view>

namespace noodstop::codec {

// Collects the first mistake while a message is read.
class Problem {
public:
    void tell(std::string text) {
        if (text_.empty())
            text_ = std::move(text);
    }
    bool none() const { return text_.empty(); }
    const std::string& text() const { return text_; }

private:
    std::string text_;
};

void to_wire(const core::RecordedFact& fact, v1::Fact& wire);
core::RecordedFact from_wire(const v1::Fact& wire, Problem& problem);

void to_wire(const core::ResourceStatus& status, v1::ResourceStatus& wire);
core::ResourceStatus from_wire(const v1::ResourceStatus& wire, Problem& problem);

void to_wire(const core::Snapshot& snapshot, v1::Snapshot& wire);
core::Snapshot from_wire(const v1::Snapshot& wire, Problem& problem);

void to_wire(const core::Order& order, v1::Order& wire);
core::Order from_wire(const v1::Order& wire, Problem& problem);

void to_wire(const core::OrderAnswer& answer, v1::OrderAnswer& wire);
core::OrderAnswer from_wire(const v1::OrderAnswer& wire);

void to_wire(const core::Position& position, v1::UplinkPosition& wire);
core::Position from_wire(const v1::UplinkPosition& wire);

void to_wire(const core::Gap& gap, v1::FactGap& wire);
core::Gap from_wire(const v1::FactGap& wire, Problem& problem);

// `at` is the time of the counter's sample, which is said once.
void to_wire(const core::Counter& counter, core::WallTime at, v1::Counter& wire);
core::Counter from_wire(const v1::Counter& wire, core::WallTime at, Problem& problem);

void to_wire(const core::FactRun& run, v1::FactRun& wire);
core::FactRun from_wire(const v1::FactRun& wire, Problem& problem);

void to_wire(const core::SampleRun& run, v1::SampleRun& wire);
core::SampleRun from_wire(const v1::SampleRun& wire, Problem& problem);

void to_wire(const core::HubAnswer& answer, v1::PushResponse& wire);
core::HubAnswer from_wire(const v1::PushResponse& wire);

// Text that people gave: valid UTF-8 without control characters, within a size.
std::string checked_text(const std::string& text, std::size_t size_max, const char* field, Problem& problem);

template <class Ours, class Wire>
void all_to_wire(const std::vector<Ours>& values, google::protobuf::RepeatedPtrField<Wire>& wire) {
    wire.Reserve(static_cast<int>(values.size()));
    for (const Ours& value : values)
        to_wire(value, *wire.Add());
}

template <class Wire>
auto all_from_wire(const google::protobuf::RepeatedPtrField<Wire>& wire, Problem& problem) {
    std::vector<decltype(from_wire(wire.Get(0), problem))> values;
    values.reserve(static_cast<std::size_t>(wire.size()));
    for (const Wire& value : wire)
        values.push_back(from_wire(value, problem));
    return values;
}

// The library would write a line to standard error for each message with broken text.
void be_quiet();

// Parses `bytes` as Wire and converts it with `convert(wire, problem)`.
template <class Wire, class Convert>
auto decode_as(std::string_view bytes, Convert convert) {
    be_quiet();
    Wire wire;
    Problem problem;
    Decoded<decltype(convert(wire, problem))> result;
    const bool fits = bytes.size() <= static_cast<std::size_t>(std::numeric_limits<int>::max());
    if (!fits || !wire.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
        result.problem = "the bytes are not a " + std::string(wire.GetTypeName());
        return result;
    }
    auto value = convert(wire, problem);
    if (problem.none())
        result.value = std::move(value);
    else
        result.problem = problem.text();
    return result;
}

}  // namespace noodstop::codec
