// Requests and responses of HubService as bytes, and the fleet as it is shown. Callers see no generated type.
#pragma once

#include "agent/core/snapshot.hpp"
#include "agent/core/uplink.hpp"
#include "proto/codec/decoded.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace noodstop::codec {

namespace path {
inline constexpr const char* list_agents = "/noodstop.v1.HubService/ListAgents";
inline constexpr const char* get_agent = "/noodstop.v1.HubService/GetAgent";
inline constexpr const char* watch_agents = "/noodstop.v1.HubService/WatchAgents";
}  // namespace path

struct AgentZone {
    core::ZoneName name;
    core::TenantName tenant;
    std::string currency;
    core::BreakerState state = core::BreakerState::disarmed;
    bool warned = false;
    bool held = false;
    bool blind = false;
    bool impaired = false;
    bool overdue = false;
    core::HourlyRate rate;
    std::string reason;
    bool operator==(const AgentZone&) const = default;
};

// Of all zones in one currency. What is in two zones counts twice.
struct AgentBurn {
    std::string currency;
    core::HourlyRate rate;
    std::optional<core::Money> accrued;  // all that was ever charged; none: no total of it came yet
    bool operator==(const AgentBurn&) const = default;
};

struct AgentSummary {
    std::string id;
    core::WallTime seen;  // the last push that was taken, by the hub's clock
    core::Duration seen_age{0};
    bool connected = false;                    // a connection of it is open
    bool missing = false;                      // not heard of for so long that an alert stands
    std::optional<core::Duration> status_age;  // of what follows; none: it never sent any
    std::vector<AgentZone> zones;
    std::vector<AgentBurn> burn;
    std::uint32_t blind_providers = 0;
    bool durable = true;
    std::uint64_t facts_waiting = 0;  // at the agent, as far as it has told
    std::uint64_t samples_waiting = 0;
    std::uint64_t facts = 0;
    std::uint64_t gaps = 0;
    std::uint64_t missing_facts = 0;  // numbers within the gaps
    bool operator==(const AgentSummary&) const = default;
};

// What the hub itself noticed; see hub_service.proto.
enum class AgentEventKind : std::uint8_t { first_seen, diverged, began_anew, lost, totals_anew };
const char* to_text(AgentEventKind kind);

struct AgentEvent {
    AgentEventKind kind = AgentEventKind::first_seen;
    core::WallTime at;
    std::string text;
};

struct AgentDetail {
    AgentSummary summary;
    std::optional<core::Snapshot> status;
    std::vector<core::Counter> totals;
    std::vector<core::Gap> gaps;
    std::vector<AgentEvent> events;  // oldest first
};

// Requests without content (ListAgents, WatchAgents): only checked.
Decoded<bool> decode_agents_request(std::string_view bytes);
std::string encode_agent_request(const std::string& id);
Decoded<std::string> decode_agent_request(std::string_view bytes);

std::string encode_agents(const std::vector<AgentSummary>& agents);  // of ListAgents and WatchAgents alike
Decoded<std::vector<AgentSummary>> decode_agents(std::string_view bytes);
std::string encode_agent(const AgentDetail& detail);
Decoded<AgentDetail> decode_agent(std::string_view bytes);

}  // namespace noodstop::codec
