// The values of a sample as bytes: for each counter the number of its series, its value and where it was counted from,
// as small integers. A thousand counters take some 8 KB.
#pragma once

#include "agent/core/counter.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace noodstop::journal {

struct SampledValue {
    std::int64_t series = 0;
    core::Money value;
    std::optional<core::WallTime> since;
    bool operator==(const SampledValue&) const = default;
};

// `at` is the sample's own time, from which the others are measured.
std::string encode_values(core::WallTime at, std::vector<SampledValue> values);  // their order is not kept
std::optional<std::vector<SampledValue>> decode_values(core::WallTime at, std::string_view bytes);

std::string encode_name(const core::CounterName& name);
std::optional<core::CounterName> decode_name(std::string_view bytes);

}  // namespace noodstop::journal
