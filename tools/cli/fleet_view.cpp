#include "tools/cli/fleet_view.hpp"

#include "proto/codec/text.hpp"
#include "tools/cli/amounts.hpp"
#include "tools/cli/views.hpp"

#include <algorithm>

namespace noodstop::cli {
namespace {

constexpr std::size_t attention_shown_max = 20;

// Alarms first: what stops nothing, and what has stopped.
struct StateRow {
    core::BreakerState state;
    const char* text;
    Colour colour;
};
constexpr StateRow state_rows[] = {
    {core::BreakerState::disarmed, "DISARMED", Colour::alarm},
    {core::BreakerState::tripped, "TRIPPED", Colour::alarm},
    {core::BreakerState::latched, "LATCHED", Colour::alarm},
    {core::BreakerState::observing, "observing", Colour::caution},
    {core::BreakerState::armed, "armed", Colour::good},
};

const StateRow& row_of(core::BreakerState state) {
    for (const StateRow& row : state_rows)
        if (row.state == state)
            return row;
    return state_rows[0];
}

Cell presence_cell(const codec::AgentSummary& agent) {
    if (agent.missing)
        return {"MISSING", Colour::alarm};
    return agent.connected ? Cell{"connected", Colour::good} : Cell{"away", Colour::caution};
}

Cell zones_cell(const codec::AgentSummary& agent) {
    if (!agent.status_age)
        return {"unknown", Colour::caution};
    Cell cell{"", Colour::quiet};
    for (const StateRow& row : state_rows) {
        const auto count = std::count_if(agent.zones.begin(), agent.zones.end(),
                                         [&](const codec::AgentZone& zone) { return zone.state == row.state; });
        if (count == 0)
            continue;
        if (cell.text.empty())
            cell.colour = row.colour;
        cell.text += (cell.text.empty() ? "" : ", ") + std::to_string(count) + " " + row.text;
    }
    if (cell.text.empty())
        return {"none", Colour::caution};
    // Nobody knows what they are now.
    return agent.missing ? Cell{"was " + cell.text, Colour::caution} : cell;
}

// What it costs is told in each currency; "-" where nothing is known.
template <class Text>
Cell burn_cell(const codec::AgentSummary& agent, Text text) {
    Cell cell{"", Colour::none, true};
    for (const codec::AgentBurn& burn : agent.burn)
        cell.text += (cell.text.empty() ? "" : " + ") + text(burn);
    if (cell.text.empty())
        cell.text = "-";
    return cell;
}

std::string accrued_text(const codec::AgentBurn& burn) {
    return burn.accrued ? money_text(*burn.accrued) + " " + burn.currency : "? " + burn.currency;
}

std::string burn_rate_text(const codec::AgentBurn& burn) {
    return rate_text(burn.rate, burn.currency);
}

Cell waiting_cell(const codec::AgentSummary& agent) {
    if (agent.facts_waiting == 0 && agent.samples_waiting == 0)
        return {"-", Colour::quiet};
    return {std::to_string(agent.facts_waiting) + " facts, " + std::to_string(agent.samples_waiting) + " samples"};
}

Cell trouble_cell(const codec::AgentSummary& agent) {
    std::string text;
    const auto add = [&](bool applies, const std::string& what) {
        if (applies)
            text += (text.empty() ? "" : " ") + what;
    };
    const auto has = [&](bool codec::AgentZone::*flag) {
        return std::any_of(agent.zones.begin(), agent.zones.end(),
                           [&](const codec::AgentZone& zone) { return zone.*flag; });
    };
    add(has(&codec::AgentZone::overdue), "OVERDUE");
    add(has(&codec::AgentZone::impaired), "IMPAIRED");
    add(has(&codec::AgentZone::blind) || agent.blind_providers > 0, "BLIND");
    add(!agent.durable, "NOT-DURABLE");
    const bool is_alarm = !text.empty();
    add(has(&codec::AgentZone::held), "held");
    add(has(&codec::AgentZone::warned), "warned");
    add(agent.gaps > 0, "gaps:" + std::to_string(agent.missing_facts));
    return {text.empty() ? "-" : text, is_alarm ? Colour::alarm : text.empty() ? Colour::quiet : Colour::caution};
}

std::string fleet_attention_text(const Style& style, const std::vector<codec::AgentSummary>& agents) {
    const std::vector<Attention> attention = attention_in(agents);
    std::string text;
    for (std::size_t index = 0; index < std::min(attention.size(), attention_shown_max); ++index) {
        const Attention& one = attention[index];
        text += style.paint(one.is_alarm ? Colour::alarm : Colour::caution,
                            (one.is_alarm ? "!! " : " ! ") + codec::printable_text(one.text)) +
                "\n";
    }
    if (attention.size() > attention_shown_max)
        text += "   and " + std::to_string(attention.size() - attention_shown_max) + " more\n";
    return text;
}

std::string agent_zones_table(const Style& style, const codec::AgentSummary& agent) {
    std::vector<std::vector<Cell>> rows{
        {heading("TENANT"), heading("ZONE"), heading("STATE"), heading("BURNS", true), heading("WHY")}};
    for (const codec::AgentZone& zone : agent.zones)
        rows.push_back({{zone.tenant.text},
                        {zone.name.text},
                        {row_of(zone.state).text, row_of(zone.state).colour},
                        {rate_text(zone.rate, zone.currency), Colour::none, true},
                        {zone.reason.empty() ? "-" : zone.reason}});
    return table(style, rows);
}

std::string totals_table(const Style& style, const std::vector<core::Counter>& totals) {
    std::vector<std::vector<Cell>> rows{{heading("TENANT"), heading("ZONE"), heading("ACCRUED", true), heading("AT")}};
    for (const core::Counter& total : totals)
        if (total.name.kind == core::CounterKind::zone_spend)
            rows.push_back({{total.name.tenant.text},
                            {total.name.zone.text},
                            {money_text(total.value) + " " + total.name.currency, Colour::none, true},
                            {core::to_text(total.at)}});
    return rows.size() > 1 ? "\n" + table(style, rows) : "";
}

std::string history_text(const codec::AgentDetail& detail) {
    std::string text;
    for (const core::Gap& gap : detail.gaps)
        text += "gap: facts " + std::to_string(gap.first) + " to " + std::to_string(gap.last) + " are " +
                core::to_text(gap.reason) + "\n";
    for (const codec::AgentEvent& event : detail.events)
        text += core::to_text(event.at) + " " + codec::to_text(event.kind) +
                (event.text.empty() ? "" : ": " + codec::printable_text(event.text)) + "\n";
    return text.empty() ? "" : "\n" + text;
}

}  // namespace

std::string fleet_text(const Style& style, const std::vector<codec::AgentSummary>& agents) {
    if (agents.empty())
        return "no agent has been heard of\n";
    std::vector<std::vector<Cell>> rows{{heading("AGENT"), heading("STATE"), heading("HEARD"), heading("ZONES"),
                                         heading("BURNS", true), heading("ACCRUED", true), heading("WAITING"),
                                         heading("TROUBLE")}};
    for (const codec::AgentSummary& agent : agents)
        rows.push_back({{agent.id},
                        presence_cell(agent),
                        {short_time(agent.seen_age) + " ago"},
                        zones_cell(agent),
                        burn_cell(agent, burn_rate_text),
                        burn_cell(agent, accrued_text),
                        waiting_cell(agent),
                        trouble_cell(agent)});
    const std::string attention = fleet_attention_text(style, agents);
    return attention + (attention.empty() ? "" : "\n") + table(style, rows);
}

std::string fleet_line(const std::vector<codec::AgentSummary>& agents) {
    const auto missing = std::count_if(agents.begin(), agents.end(), [](const auto& agent) { return agent.missing; });
    std::string text = std::to_string(agents.size()) + " agents, " + std::to_string(missing) + " missing";
    const std::vector<Attention> attention = attention_in(agents);
    if (!attention.empty())
        text += (attention.front().is_alarm ? " !! " : " ! ") + codec::printable_text(attention.front().text);
    if (attention.size() > 1)
        text += " (" + std::to_string(attention.size() - 1) + " more)";
    return text + "\n";
}

std::string agent_text(const Style& style, const codec::AgentDetail& detail) {
    const codec::AgentSummary& agent = detail.summary;
    std::string text = "agent " + codec::printable_text(agent.id) + ", " + presence_cell(agent).text + ", heard " +
                       short_time(agent.seen_age) + " ago, " + std::to_string(agent.facts) +
                       " facts here, waiting: " + waiting_cell(agent).text + "\n";
    if (agent.status_age)
        text += "status of " + short_time(*agent.status_age) + " ago\n";
    text += fleet_attention_text(style, {agent});
    text += "\n" + agent_zones_table(style, agent);
    if (detail.status && !detail.status->limits.empty())
        text += "\n" + limits_text(style, *detail.status);
    return text + totals_table(style, detail.totals) + history_text(detail);
}

}  // namespace noodstop::cli
