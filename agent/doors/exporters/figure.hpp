// The catalogue: every figure that leaves the agent as a metric, with its names, type, unit and help. All exporters
// read this one table; README.md of this folder is its description for people.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace noodstop::exporters {

enum class Figure : std::uint8_t {
    agent,
    agent_looks,
    agent_facts,
    agent_warnings,
    agent_durable,
    agent_time_trusted,
    agent_prices_pending,
    provider_blind,
    provider_look_age,
    provider_resources,
    zone_state,
    zone_condition,
    zone_cost,
    zone_cost_rate,
    zone_reaction,
    zone_changed,
    zone_mandate_expiry,
    zone_targets,
    zone_stops,
    limit_condition,
    limit_used_cost,
    limit_exposure_cost,
    limit_threshold_cost,
    limit_cost_rate,
    limit_threshold_cost_rate,
    limit_items,
    limit_threshold_items,
    limit_time_to_stop,
    resource_cost,
    export_items,
    export_refused,
    export_failures,
    export_acknowledged,
    uplink_connected,
    uplink_answered,
    uplink_facts_waiting,
    uplink_samples_waiting,
};

enum class FigureType : std::uint8_t {
    counter,    // only grows; named ..._total
    gauge,      // goes up and down
    state_set,  // 1 for each state that holds, 0 for the others; the label of the state is named like the family
    info,       // always 1, its labels say it; named ..._info
};

// What one raw step is worth; exporters show the base unit.
enum class FigureUnit : std::uint8_t {
    pieces,
    seconds,         // raw: microseconds
    money,           // raw: millionths of the currency unit
    money_per_hour,  // raw: millionths of the currency unit
};

struct FigureDefinition {
    Figure figure;
    const char* family;     // Prometheus, OpenMetrics: without _total and _info
    const char* otlp_name;  // OpenTelemetry's; its rules of translation make the Prometheus name of it. Null: not sent
    FigureType type;
    FigureUnit unit;
    const char* piece;  // what a piece is, for OpenTelemetry; null: pieces are 0 or 1, or it has another unit
    const char* help;
};

const FigureDefinition& definition_of(Figure figure);
std::span<const FigureDefinition> all_figures();

// As samples carry it: the family with _total or _info.
std::string sample_name(const FigureDefinition& definition);
// In UCUM, as OpenTelemetry wants it: "s", "{look}", "{currency}/h".
std::string otlp_unit(const FigureDefinition& definition);
// The unit at the end of the family's name, as OpenMetrics wants it told; empty where there is none.
std::string_view openmetrics_unit(const FigureDefinition& definition);

}  // namespace noodstop::exporters
