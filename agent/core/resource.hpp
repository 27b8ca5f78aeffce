// What a provider shows of one billable thing, and how a whole reading (a look) is put.
#pragma once

#include "agent/core/units.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace noodstop::core {

// What is billed. Each has one way of charging (how) and one unit (unit_text), see metric_definition().
enum class Metric : std::uint8_t {
    running,   // state x time: the resource exists and is billed. Raw value: none
    cpu,       // counter, raw microseconds of vCPU time, priced per vCPU-hour
    memory,    // gauge, raw bytes, priced per GiB-hour
    gpu,       // counter, raw microseconds of GPU time, priced per GPU-hour
    transfer,  // counter, raw bytes sent, priced per GiB
};
inline constexpr std::size_t metric_count = 5;

enum class Charging : std::uint8_t { by_state, by_gauge, by_counter };

struct MetricDefinition {
    Charging how;
    std::int64_t raw_per_unit;  // raw value of one priced unit
    const char* name;           // as in configuration
    const char* unit_text;      // what a price is per
};

// In the order of Metric.
inline constexpr std::array<MetricDefinition, metric_count> metric_definitions{{
    {Charging::by_state, 1, "running", "hour"},
    {Charging::by_counter, 3'600'000'000, "cpu", "vCPU hour"},
    {Charging::by_gauge, 1'073'741'824, "memory", "GiB hour"},
    {Charging::by_counter, 3'600'000'000, "gpu", "GPU hour"},
    {Charging::by_counter, 1'073'741'824, "transfer", "GiB"},
}};

constexpr const MetricDefinition& metric_definition(Metric metric) {
    return metric_definitions[static_cast<std::size_t>(metric)];
}
std::optional<Metric> metric_from_name(std::string_view name);

// What a resource was seen doing, in terms of the bill and not of the provider's words.
enum class Activity : std::uint8_t {
    running,      // executes and is billed
    billed_idle,  // does not execute but is billed (an Azure VM "stopped" from inside)
    frozen,       // state kept, executes nothing (category 2)
    stopped,      // exists, not billed
    unknown,      // shown, but its state could not be read: charged as running
};

enum class ResourceClass : std::uint8_t { protected_, baseline, unknown };

// One measured figure. A figure that the provider should give and can't is present with known = false.
struct Measure {
    Metric metric = Metric::running;
    std::int64_t raw = 0;  // >= 0
    bool known = true;
};

struct Reading {
    ResourceId id;
    std::string sku;     // what the price is looked up by; for local providers the provider's kind
    std::string family;  // of related SKUs, for a price that is not known
    std::string region;
    std::string kind;  // e.g. "vm", "cgroup", "process"
    Activity activity = Activity::unknown;
    std::optional<WallTime> created;
    std::uint32_t vcpus = 0;
    std::uint32_t gpus = 0;
    std::vector<Measure> measures;
};

enum class LookQuality : std::uint8_t {
    good,     // the whole inventory
    partial,  // what is listed is true; what is not listed is not known
    absent,   // nothing was learned: never zero
};

struct Look {
    ProviderName provider;
    LookQuality quality = LookQuality::absent;
    Instant taken_at;               // when reading began, on the engine's line
    std::vector<Reading> readings;  // sorted by id, ids unique; the engine sorts and drops doubles if not
    std::vector<Measure> totals;    // cumulative counters of the whole provider; price what vanished between looks
    std::string problem;            // why it is partial or absent
};

const char* to_text(Activity activity);
const char* to_text(ResourceClass value);
const char* to_text(LookQuality quality);

}  // namespace noodstop::core
