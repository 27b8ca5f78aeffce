#include "proto/codec/text.hpp"
#include "tools/cli/amounts.hpp"
#include "tools/cli/attention.hpp"
#include "tools/cli/views.hpp"

namespace noodstop::cli {
namespace {

Cell state_cell(const core::ZoneStatus& zone) {
    switch (zone.state) {
        case core::BreakerState::disarmed:
            return {"DISARMED", Colour::alarm};
        case core::BreakerState::observing:
            return {"observing", Colour::caution};
        case core::BreakerState::armed:
            return {"armed", Colour::good};
        case core::BreakerState::tripped:
            return {"TRIPPED", Colour::alarm};
        case core::BreakerState::latched:
            return {"LATCHED", Colour::alarm};
    }
    return {};
}

Cell flags_cell(const core::ZoneStatus& zone) {
    std::string text;
    const auto add = [&](bool applies, const char* name) {
        if (applies)
            text += (text.empty() ? "" : " ") + std::string(name);
    };
    add(zone.overdue, "OVERDUE");
    add(zone.impaired, "IMPAIRED");
    add(zone.blind, "BLIND");
    const bool is_alarm = !text.empty();
    add(zone.held, "held");
    add(zone.warned, "warned");
    add(zone.unproven, "unproven");
    return {text.empty() ? "-" : text, is_alarm ? Colour::alarm : text.empty() ? Colour::quiet : Colour::caution};
}

std::string mandate_text(const core::ZoneStatus& zone) {
    if (zone.mandate.empty())
        return "NONE";
    const std::string signature = zone.mandate_signed ? "" : " (unsigned)";
    return zone.mandate.text + signature + " until " + core::to_text(zone.mandate_until);
}

Cell rate_cell(core::HourlyRate rate, const std::string& currency) {
    return {rate_text(rate, currency), rate.micros_per_hour > 0 ? Colour::none : Colour::quiet, true};
}

std::string zones_table(const Style& style, const core::Snapshot& snapshot) {
    std::vector<std::vector<Cell>> rows{{heading("TENANT"), heading("ZONE"), heading("STATE"), heading("BURNS", true),
                                         heading("FLAGS"), heading("MANDATE")}};
    for (const core::ZoneStatus& zone : snapshot.zones)
        rows.push_back({{zone.tenant.text},
                        {zone.name.text},
                        state_cell(zone),
                        rate_cell(zone.rate, zone.currency),
                        flags_cell(zone),
                        {mandate_text(zone), zone.mandate.empty() ? Colour::alarm : Colour::none}});
    return table(style, rows);
}

std::string providers_table(const Style& style, const core::Snapshot& snapshot) {
    std::vector<std::vector<Cell>> rows{
        {heading("PROVIDER"), heading("KIND"), heading("RESOURCES", true), heading("LAST LOOK"), heading("PROBLEM")}};
    for (const core::ProviderStatus& provider : snapshot.providers) {
        const std::string look = provider.look_age ? short_time(*provider.look_age) + " ago" : "never";
        rows.push_back({{provider.name.text},
                        {provider.kind},
                        {std::to_string(provider.resource_count), Colour::none, true},
                        {provider.blind ? look + " BLIND" : look, provider.blind ? Colour::alarm : Colour::none},
                        {provider.problem.empty() ? "-" : provider.problem}});
    }
    return table(style, rows);
}

// What there is to say about a zone beyond its row.
std::string zone_details(const core::ZoneStatus& zone) {
    std::string text;
    const auto line = [&](const std::string& content) { text += "  " + codec::printable_text(content) + "\n"; };
    line(std::string(core::to_text(zone.state)) + " since " + core::to_text(zone.since_wall) +
         (zone.reason.empty() ? "" : ": " + zone.reason));
    if (zone.state == core::BreakerState::observing && zone.observe_until)
        line("stops nothing; arms itself at " + core::to_text(*zone.observe_until));
    if (zone.stopped_count > 0)
        line(std::to_string(zone.stopped_count) + " stops observed");
    for (const core::TargetStatus& target : zone.targets)
        line("stopping " + target.provider.text + "/" + target.resource.text + ": " + target.doing);
    for (const std::string& survivor : zone.survivors)
        line("left running: " + survivor);
    return text;
}

std::string details(const Style& style, const core::Snapshot& snapshot) {
    std::string text;
    for (const core::ZoneStatus& zone : snapshot.zones)
        if (zone.state != core::BreakerState::armed || !zone.targets.empty())
            text += "\n" + style.paint(Colour::quiet, "ZONE ") + codec::printable_text(zone.name.text) + "\n" +
                    zone_details(zone);
    return text;
}

std::string attention_text(const Style& style, const codec::StatusAnswer& status) {
    std::string text;
    for (const Attention& one : attention_in(status))
        text += style.paint(one.is_alarm ? Colour::alarm : Colour::caution,
                            (one.is_alarm ? "!! " : " ! ") + codec::printable_text(one.text)) +
                "\n";
    return text;
}

}  // namespace

std::string status_text(const Style& style, const codec::StatusAnswer& status) {
    const core::Snapshot& snapshot = status.snapshot;
    const std::string name = snapshot.agent.empty() ? "agent" : "agent " + codec::printable_text(snapshot.agent);
    std::string text = name + ", " + core::to_text(snapshot.wall) + ", " + std::to_string(snapshot.looks) +
                       " looks, last fact " + std::to_string(snapshot.last_sequence) + "\n";
    text += attention_text(style, status);
    text += "\n" + zones_table(style, snapshot) + details(style, snapshot);
    text += "\n" + limits_text(style, snapshot) + "\n" + providers_table(style, snapshot);
    return text;
}

std::string status_line(const codec::StatusAnswer& status) {
    std::string text = core::to_text(status.snapshot.wall);
    for (const core::ZoneStatus& zone : status.snapshot.zones)
        text += " " + codec::printable_text(zone.name.text) + "=" + state_cell(zone).text + " at " +
                rate_text(zone.rate, zone.currency);
    for (const core::LimitStatus& limit : status.snapshot.limits)
        if (limit.stop)
            text += " " + codec::printable_text(limit.name.text) + "=" + percentage(limit.exposure, *limit.stop);
    const std::vector<Attention> attention = attention_in(status);
    if (!attention.empty() && attention.front().is_alarm)
        text += " !! " + codec::printable_text(attention.front().text);
    if (attention.size() > 1)
        text += " (" + std::to_string(attention.size() - 1) + " more)";
    return text + "\n";
}

}  // namespace noodstop::cli
