#include "proto/codec/text.hpp"
#include "tools/cli/amounts.hpp"
#include "tools/cli/views.hpp"

#include <algorithm>

namespace noodstop::cli {
namespace {

template <class Names>
std::string joined(const Names& names) {
    std::string text;
    for (const auto& name : names)
        text += (text.empty() ? "" : "+") + name.text;
    return text.empty() ? "-" : text;
}

std::string window_text(const core::LimitStatus& limit) {
    if (limit.kind != core::LimitKind::spend)
        return core::to_text(limit.kind);
    const std::string window =
        limit.window == core::WindowKind::rolling ? core::to_text(limit.window_length) : core::to_text(limit.window);
    return std::string("spend/") + window;
}

// Will anything be stopped when the limit is reached?
bool has_armed_zone(const core::LimitStatus& limit, const core::Snapshot& snapshot) {
    return std::any_of(snapshot.zones.begin(), snapshot.zones.end(), [&](const core::ZoneStatus& zone) {
        const bool covered = std::find(limit.zones.begin(), limit.zones.end(), zone.name) != limit.zones.end();
        const bool stops = zone.state != core::BreakerState::disarmed && zone.state != core::BreakerState::observing;
        return covered && stops;
    });
}

Cell time_cell(const core::LimitStatus& limit, bool stops) {
    const std::string would = stops ? "" : " (stops nothing)";
    if (!limit.stop)
        return {"only warns", Colour::quiet};
    if (limit.reached)
        return {"REACHED" + would, Colour::alarm};
    if (!limit.time_to_stop)
        return {"never at this rate", Colour::quiet};
    const bool soon = *limit.time_to_stop < std::chrono::hours(1);
    return {"in " + short_time(*limit.time_to_stop) + would, soon ? Colour::caution : Colour::none};
}

Colour colour_of(const core::LimitStatus& limit) {
    if (limit.reached)
        return Colour::alarm;
    return limit.warned || limit.held ? Colour::caution : Colour::none;
}

std::string bar_text(const core::LimitStatus& limit) {
    if (!limit.stop)
        return "-";
    return bar(limit.exposure, *limit.stop) + " " + percentage(limit.exposure, *limit.stop);
}

std::vector<Cell> limit_row(const core::LimitStatus& limit, const core::Snapshot& snapshot) {
    const Colour colour = colour_of(limit);
    return {{limit.name.text},
            {joined(limit.zones)},
            {window_text(limit)},
            {measured_text(limit, limit.used), Colour::none, true},
            {measured_text(limit, limit.exposure), colour, true},
            {limit.stop ? amount_text(limit, *limit.stop) : "-", Colour::none, true},
            {bar_text(limit), colour},
            time_cell(limit, has_armed_zone(limit, snapshot))};
}

std::string currency_of(const core::ResourceStatus& resource, const core::Snapshot& snapshot) {
    for (const core::ZoneStatus& zone : snapshot.zones)
        if (std::find(resource.zones.begin(), resource.zones.end(), zone.name) != resource.zones.end())
            return zone.currency;
    return {};
}

Cell class_cell(core::ResourceClass value) {
    const char* text = core::to_text(value);
    return {text, value == core::ResourceClass::unknown ? Colour::caution : Colour::none};
}

}  // namespace

std::string limits_text(const Style& style, const core::Snapshot& snapshot) {
    std::vector<std::vector<Cell>> rows{{heading("LIMIT"), heading("ZONES"), heading("KIND"), heading("USED", true),
                                         heading("EXPOSURE", true), heading("STOP AT", true), heading("ON THE WAY"),
                                         heading("TRIPS")}};
    for (const core::LimitStatus& limit : snapshot.limits)
        rows.push_back(limit_row(limit, snapshot));
    return table(style, rows);
}

std::string resources_text(const Style& style, const std::vector<core::ResourceStatus>& resources,
                           const core::Snapshot& snapshot) {
    std::vector<std::vector<Cell>> rows{{heading("PROVIDER"), heading("RESOURCE"), heading("CLASS"), heading("STATE"),
                                         heading("BURNS", true), heading("ACCRUED", true), heading("SKU"),
                                         heading("ZONES")}};
    for (const core::ResourceStatus& resource : resources) {
        const std::string price = resource.price_known ? "" : " (price unknown)";
        rows.push_back({{resource.provider.text},
                        {resource.id.text},
                        class_cell(resource.class_),
                        {core::to_text(resource.activity)},
                        {rate_text(resource.rate, currency_of(resource, snapshot)) + price, Colour::none, true},
                        {money_text(resource.accrued), Colour::none, true},
                        {resource.sku.empty() ? "-" : resource.sku},
                        {joined(resource.zones)}});
    }
    return table(style, rows);
}

std::string fact_line(const core::RecordedFact& fact) {
    return "#" + std::to_string(fact.sequence) + " " + core::to_text(fact.fact.wall) + " " +
           codec::printable_text(core::to_text(fact.fact)) + "\n";
}

}  // namespace noodstop::cli
