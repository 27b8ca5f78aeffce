#include "agent/journal/sample_codec.hpp"

#include "agent/core/archive_counter.hpp"

#include <algorithm>

namespace noodstop::journal {
namespace {

// Numbers are kept as differences: small ones take a byte.
struct PackedValue {
    std::int64_t series_step = 0;
    std::int64_t value = 0;
    std::optional<std::int64_t> age;  // of `since`
};

template <class Archive>
void describe(Archive& archive, PackedValue& value) {
    archive(value.series_step, value.value, value.age);
}

}  // namespace

std::string encode_values(core::WallTime at, std::vector<SampledValue> values) {
    std::sort(values.begin(), values.end(),
              [](const SampledValue& left, const SampledValue& right) { return left.series < right.series; });
    std::vector<PackedValue> packed;
    std::int64_t series = 0;
    for (const SampledValue& value : values) {
        PackedValue one{value.series - series, value.value.micros, std::nullopt};
        if (value.since)
            one.age = (at - *value.since).count();
        packed.push_back(one);
        series = value.series;
    }
    return core::to_bytes(packed);
}

std::optional<std::vector<SampledValue>> decode_values(core::WallTime at, std::string_view bytes) {
    std::vector<PackedValue> packed;
    if (!core::from_bytes(bytes, packed))
        return std::nullopt;
    std::vector<SampledValue> values;
    std::int64_t series = 0;
    for (const PackedValue& one : packed) {
        series += one.series_step;
        SampledValue value{series, {one.value}, std::nullopt};
        if (one.age)
            value.since = at - core::Duration{*one.age};
        values.push_back(value);
    }
    return values;
}

std::string encode_name(const core::CounterName& name) {
    return core::to_bytes(name);
}

std::optional<core::CounterName> decode_name(std::string_view bytes) {
    core::CounterName name;
    if (!core::from_bytes(bytes, name))
        return std::nullopt;
    return name;
}

}  // namespace noodstop::journal
