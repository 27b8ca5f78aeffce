#include "proto/codec/hub_codec.hpp"

#include "noodstop/v1/hub_service.pb.h"
#include "proto/codec/enums.hpp"
#include "proto/codec/service_codec.hpp"
#include "proto/codec/text.hpp"

#include <array>

namespace noodstop::codec {
namespace {

struct EventRow {
    AgentEventKind ours;
    v1::AgentEventKind wire;
    const char* text;
};

constexpr std::array event_rows{
    EventRow{AgentEventKind::first_seen, v1::AGENT_EVENT_KIND_FIRST_SEEN, "first_seen"},
    EventRow{AgentEventKind::diverged, v1::AGENT_EVENT_KIND_DIVERGED, "diverged"},
    EventRow{AgentEventKind::began_anew, v1::AGENT_EVENT_KIND_BEGAN_ANEW, "began_anew"},
    EventRow{AgentEventKind::lost, v1::AGENT_EVENT_KIND_LOST, "lost"},
    EventRow{AgentEventKind::totals_anew, v1::AGENT_EVENT_KIND_TOTALS_ANEW, "totals_anew"},
};

void to_wire(const AgentZone& zone, v1::AgentZone& wire) {
    wire.set_name(valid_text(zone.name.text));
    wire.set_tenant(valid_text(zone.tenant.text));
    wire.set_currency(valid_text(zone.currency));
    wire.set_state(codec::to_wire(zone.state));
    wire.set_warned(zone.warned);
    wire.set_held(zone.held);
    wire.set_blind(zone.blind);
    wire.set_impaired(zone.impaired);
    wire.set_overdue(zone.overdue);
    wire.set_rate_micros_per_hour(zone.rate.micros_per_hour);
    wire.set_reason(valid_text(zone.reason));
}

AgentZone zone_from(const v1::AgentZone& wire, Problem& problem) {
    AgentZone zone;
    zone.name.text = wire.name();
    zone.tenant.text = wire.tenant();
    zone.currency = wire.currency();
    zone.state = codec::from_wire(wire.state(), problem);
    zone.warned = wire.warned();
    zone.held = wire.held();
    zone.blind = wire.blind();
    zone.impaired = wire.impaired();
    zone.overdue = wire.overdue();
    zone.rate.micros_per_hour = wire.rate_micros_per_hour();
    zone.reason = wire.reason();
    return zone;
}

void to_wire(const AgentBurn& burn, v1::AgentBurn& wire) {
    wire.set_currency(valid_text(burn.currency));
    wire.set_rate_micros_per_hour(burn.rate.micros_per_hour);
    if (burn.accrued)
        wire.set_accrued_micros(burn.accrued->micros);
}

AgentBurn burn_from(const v1::AgentBurn& wire) {
    AgentBurn burn{wire.currency(), {wire.rate_micros_per_hour()}, std::nullopt};
    if (wire.has_accrued_micros())
        burn.accrued = core::Money{wire.accrued_micros()};
    return burn;
}

void to_wire(const AgentSummary& summary, v1::AgentSummary& wire) {
    wire.set_id(valid_text(summary.id));
    wire.set_seen_unix_micros(summary.seen.since_epoch.count());
    wire.set_seen_age_micros(summary.seen_age.count());
    wire.set_connected(summary.connected);
    wire.set_missing(summary.missing);
    if (summary.status_age)
        wire.set_status_age_micros(summary.status_age->count());
    for (const AgentZone& zone : summary.zones)
        to_wire(zone, *wire.add_zones());
    for (const AgentBurn& burn : summary.burn)
        to_wire(burn, *wire.add_burn());
    wire.set_blind_providers(summary.blind_providers);
    wire.set_durable(summary.durable);
    wire.set_facts_waiting(summary.facts_waiting);
    wire.set_samples_waiting(summary.samples_waiting);
    wire.set_facts(summary.facts);
    wire.set_gaps(summary.gaps);
    wire.set_missing_facts(summary.missing_facts);
}

AgentSummary summary_from(const v1::AgentSummary& wire, Problem& problem) {
    AgentSummary summary;
    summary.id = wire.id();
    summary.seen.since_epoch = core::Duration(wire.seen_unix_micros());
    summary.seen_age = core::Duration(wire.seen_age_micros());
    summary.connected = wire.connected();
    summary.missing = wire.missing();
    if (wire.has_status_age_micros())
        summary.status_age = core::Duration(wire.status_age_micros());
    for (const v1::AgentZone& zone : wire.zones())
        summary.zones.push_back(zone_from(zone, problem));
    for (const v1::AgentBurn& burn : wire.burn())
        summary.burn.push_back(burn_from(burn));
    summary.blind_providers = wire.blind_providers();
    summary.durable = wire.durable();
    summary.facts_waiting = wire.facts_waiting();
    summary.samples_waiting = wire.samples_waiting();
    summary.facts = wire.facts();
    summary.gaps = wire.gaps();
    summary.missing_facts = wire.missing_facts();
    return summary;
}

void to_wire(const AgentEvent& event, v1::AgentEvent& wire) {
    wire.set_kind(event_rows.at(static_cast<std::size_t>(event.kind)).wire);
    wire.set_wall_unix_micros(event.at.since_epoch.count());
    wire.set_text(valid_text(event.text));
}

AgentEvent event_from(const v1::AgentEvent& wire, Problem& problem) {
    AgentEvent event{AgentEventKind::first_seen, {core::Duration(wire.wall_unix_micros())}, wire.text()};
    for (const EventRow& row : event_rows) {
        if (row.wire != wire.kind())
            continue;
        event.kind = row.ours;
        return event;
    }
    problem.tell(std::to_string(static_cast<int>(wire.kind())) + " is not a known kind of event");
    return event;
}

AgentDetail detail_from(const v1::GetAgentResponse& wire, Problem& problem) {
    if (!wire.has_summary())
        problem.tell("the answer holds no agent");
    AgentDetail detail;
    detail.summary = summary_from(wire.summary(), problem);
    if (wire.has_status())
        detail.status = codec::from_wire(wire.status(), problem);
    for (const v1::Counter& counter : wire.totals())
        detail.totals.push_back(codec::from_wire(counter, {}, problem));
    for (const v1::FactGap& gap : wire.gaps())
        detail.gaps.push_back(codec::from_wire(gap, problem));
    for (const v1::AgentEvent& event : wire.events())
        detail.events.push_back(event_from(event, problem));
    return detail;
}

}  // namespace

const char* to_text(AgentEventKind kind) {
    return event_rows.at(static_cast<std::size_t>(kind)).text;
}

Decoded<bool> decode_agents_request(std::string_view bytes) {
    return decode_as<v1::ListAgentsRequest>(bytes, [](const v1::ListAgentsRequest&, Problem&) { return true; });
}

std::string encode_agent_request(const std::string& id) {
    v1::GetAgentRequest wire;
    wire.set_id(valid_text(id));
    return wire.SerializeAsString();
}

Decoded<std::string> decode_agent_request(std::string_view bytes) {
    return decode_as<v1::GetAgentRequest>(bytes, [](const v1::GetAgentRequest& wire, Problem& problem) {
        return checked_text(wire.id(), name_size_max, "id", problem);
    });
}

std::string encode_agents(const std::vector<AgentSummary>& agents) {
    v1::ListAgentsResponse wire;
    for (const AgentSummary& agent : agents)
        to_wire(agent, *wire.add_agents());
    return wire.SerializeAsString();
}

Decoded<std::vector<AgentSummary>> decode_agents(std::string_view bytes) {
    return decode_as<v1::ListAgentsResponse>(bytes, [](const v1::ListAgentsResponse& wire, Problem& problem) {
        std::vector<AgentSummary> agents;
        for (const v1::AgentSummary& agent : wire.agents())
            agents.push_back(summary_from(agent, problem));
        return agents;
    });
}

std::string encode_agent(const AgentDetail& detail) {
    v1::GetAgentResponse wire;
    to_wire(detail.summary, *wire.mutable_summary());
    if (detail.status)
        codec::to_wire(*detail.status, *wire.mutable_status());
    for (const core::Counter& counter : detail.totals)
        codec::to_wire(counter, {}, *wire.add_totals());
    for (const core::Gap& gap : detail.gaps)
        codec::to_wire(gap, *wire.add_gaps());
    for (const AgentEvent& event : detail.events)
        to_wire(event, *wire.add_events());
    return wire.SerializeAsString();
}

Decoded<AgentDetail> decode_agent(std::string_view bytes) {
    return decode_as<v1::GetAgentResponse>(bytes, detail_from);
}

}  // namespace noodstop::codec
