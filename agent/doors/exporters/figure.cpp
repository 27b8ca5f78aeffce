#include "agent/doors/exporters/figure.hpp"

#include <array>

namespace noodstop::exporters {
namespace {

constexpr auto counter = FigureType::counter;
constexpr auto gauge = FigureType::gauge;
constexpr auto state_set = FigureType::state_set;
constexpr auto info = FigureType::info;
constexpr auto pieces = FigureUnit::pieces;
constexpr auto seconds = FigureUnit::seconds;
constexpr auto money = FigureUnit::money;
constexpr auto money_per_hour = FigureUnit::money_per_hour;

constexpr auto figures = std::to_array<FigureDefinition>({
    {Figure::agent, "noodstop_agent", nullptr, info, pieces, nullptr, "Name and version of the agent."},
    {Figure::agent_looks, "noodstop_agent_looks", "noodstop.agent.looks", counter, pieces, "look",
     "Looks at providers since the agent started."},
    {Figure::agent_facts, "noodstop_agent_facts", "noodstop.agent.facts", counter, pieces, "fact",
     "Facts in the journal over the life of the state folder."},
    {Figure::agent_warnings, "noodstop_agent_warnings", "noodstop.agent.warnings", gauge, pieces, "warning",
     "Warnings that the status shows now."},
    {Figure::agent_durable, "noodstop_agent_durable", "noodstop.agent.durable", gauge, pieces, nullptr,
     "1 if decisions are on disk, 0 if they are held in memory only."},
    {Figure::agent_time_trusted, "noodstop_agent_time_trusted", "noodstop.agent.time_trusted", gauge, pieces, nullptr,
     "1 if the wall clock is synchronized and believed."},
    {Figure::agent_prices_pending, "noodstop_agent_prices_pending", "noodstop.agent.prices_pending", gauge, pieces,
     nullptr, "1 if changed prices wait for acknowledgement."},

    {Figure::provider_blind, "noodstop_provider_blind", "noodstop.provider.blind", gauge, pieces, nullptr,
     "1 if the provider can't be seen: what it runs is assumed."},
    {Figure::provider_look_age, "noodstop_provider_look_age_seconds", "noodstop.provider.look_age", gauge, seconds,
     nullptr, "Time since the last good look. Absent if there was none."},
    {Figure::provider_resources, "noodstop_provider_resources", "noodstop.provider.resources", gauge, pieces,
     "resource", "Resources that the provider shows."},

    {Figure::zone_state, "noodstop_zone_state", "noodstop.zone.state", state_set, pieces, nullptr,
     "State of the breaker."},
    {Figure::zone_condition, "noodstop_zone_condition", "noodstop.zone.condition", state_set, pieces, nullptr,
     "Flags of the breaker, which may hold in any state."},
    {Figure::zone_cost, "noodstop_zone_cost", "noodstop.zone.cost", counter, money, nullptr,
     "Money charged to the zone since it was first metered."},
    {Figure::zone_cost_rate, "noodstop_zone_cost_rate_per_hour", "noodstop.zone.cost_rate", gauge, money_per_hour,
     nullptr, "What the zone costs per hour at present."},
    {Figure::zone_reaction, "noodstop_zone_reaction_seconds", "noodstop.zone.reaction", gauge, seconds, nullptr,
     "Time from a look to the observed stop with which exposure is computed."},
    {Figure::zone_changed, "noodstop_zone_state_changed_timestamp_seconds", "noodstop.zone.state_changed_timestamp",
     gauge, seconds, nullptr, "When the breaker entered its state."},
    {Figure::zone_mandate_expiry, "noodstop_zone_mandate_expiry_timestamp_seconds",
     "noodstop.zone.mandate_expiry_timestamp", gauge, seconds, nullptr,
     "When the mandate of the zone ends. Absent without a mandate."},
    {Figure::zone_targets, "noodstop_zone_targets", "noodstop.zone.targets", gauge, pieces, "resource",
     "Resources that a running trip or hold has not stopped yet."},
    {Figure::zone_stops, "noodstop_zone_stops", "noodstop.zone.stops", gauge, pieces, "resource",
     "Resources observed stopped since the trip."},

    {Figure::limit_condition, "noodstop_limit_condition", "noodstop.limit.condition", state_set, pieces, nullptr,
     "Stages of the limit that are reached."},
    {Figure::limit_used_cost, "noodstop_limit_used_cost", "noodstop.limit.used_cost", gauge, money, nullptr,
     "Money accrued in the open window of a spend limit."},
    {Figure::limit_exposure_cost, "noodstop_limit_exposure_cost", "noodstop.limit.exposure_cost", gauge, money, nullptr,
     "What the bill of the window will be if the stop is ordered now."},
    {Figure::limit_threshold_cost, "noodstop_limit_threshold_cost", "noodstop.limit.threshold_cost", gauge, money,
     nullptr, "Exposure at which a stage of a spend limit is reached."},
    {Figure::limit_cost_rate, "noodstop_limit_cost_rate_per_hour", "noodstop.limit.cost_rate", gauge, money_per_hour,
     nullptr, "Cost per hour that a rate limit sees."},
    {Figure::limit_threshold_cost_rate, "noodstop_limit_threshold_cost_rate_per_hour",
     "noodstop.limit.threshold_cost_rate", gauge, money_per_hour, nullptr,
     "Cost per hour at which a stage of a rate limit is reached."},
    {Figure::limit_items, "noodstop_limit_items", "noodstop.limit.items", gauge, pieces, "item",
     "What a limit of kind count or allow counts."},
    {Figure::limit_threshold_items, "noodstop_limit_threshold_items", "noodstop.limit.threshold_items", gauge, pieces,
     "item", "Count at which a stage of a limit of kind count or allow is reached."},
    {Figure::limit_time_to_stop, "noodstop_limit_time_to_stop_seconds", "noodstop.limit.time_to_stop", gauge, seconds,
     nullptr, "Time until the stop stage at the present rate. Absent if it is never reached."},

    {Figure::resource_cost, "noodstop_resource_cost", "noodstop.resource.cost", counter, money, nullptr,
     "Money charged for the resource since it was first seen."},

    {Figure::export_items, "noodstop_export_items", "noodstop.export.items", counter, pieces, "item",
     "Samples and log records that the receiver took."},
    {Figure::export_refused, "noodstop_export_refused", "noodstop.export.refused", counter, pieces, "item",
     "Samples and log records that the receiver refused for good: they are not sent again."},
    {Figure::export_failures, "noodstop_export_failures", "noodstop.export.failures", counter, pieces, "request",
     "Requests that failed and were made again later."},
    {Figure::export_acknowledged, "noodstop_export_acknowledged_timestamp_seconds",
     "noodstop.export.acknowledged_timestamp", gauge, seconds, nullptr,
     "When the receiver last took something. Absent if it never did."},

    {Figure::uplink_connected, "noodstop_uplink_connected", "noodstop.uplink.connected", gauge, pieces, nullptr,
     "1 if the agent is connected to its hub."},
    {Figure::uplink_answered, "noodstop_uplink_answered_timestamp_seconds", "noodstop.uplink.answered_timestamp", gauge,
     seconds, nullptr, "When the hub last answered. Absent if it never did."},
    {Figure::uplink_facts_waiting, "noodstop_uplink_facts_waiting", "noodstop.uplink.facts_waiting", gauge, pieces,
     "fact", "Facts that the hub has not acknowledged yet."},
    {Figure::uplink_samples_waiting, "noodstop_uplink_samples_waiting", "noodstop.uplink.samples_waiting", gauge,
     pieces, "sample", "Samples that the hub has not acknowledged yet."},
});

constexpr bool are_in_order() {
    for (std::size_t index = 0; index < figures.size(); ++index)
        if (static_cast<std::size_t>(figures[index].figure) != index)
            return false;
    return true;
}
static_assert(are_in_order());

}  // namespace

const FigureDefinition& definition_of(Figure figure) {
    return figures[static_cast<std::size_t>(figure)];
}

std::span<const FigureDefinition> all_figures() {
    return figures;
}

std::string sample_name(const FigureDefinition& definition) {
    if (definition.type == FigureType::counter)
        return std::string(definition.family) + "_total";
    if (definition.type == FigureType::info)
        return std::string(definition.family) + "_info";
    return definition.family;
}

std::string otlp_unit(const FigureDefinition& definition) {
    switch (definition.unit) {
        case FigureUnit::pieces:
            return definition.piece ? "{" + std::string(definition.piece) + "}" : std::string();
        case FigureUnit::seconds:
            return "s";
        case FigureUnit::money:
            return "{currency}";
        case FigureUnit::money_per_hour:
            return "{currency}/h";
    }
    return {};
}

std::string_view openmetrics_unit(const FigureDefinition& definition) {
    return definition.unit == FigureUnit::seconds ? "seconds" : "";
}

}  // namespace noodstop::exporters
