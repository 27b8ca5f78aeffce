#include "tools/cli/amounts.hpp"
#include "tools/cli/fleet_view.hpp"

#include <algorithm>

namespace noodstop::cli {
namespace {

using AttentionList = std::vector<Attention>;

const char* state_trouble(core::BreakerState state) {
    switch (state) {
        case core::BreakerState::disarmed:
            return " is DISARMED: nothing in it will be stopped";
        case core::BreakerState::tripped:
            return " is TRIPPED: its stops are under way";
        case core::BreakerState::latched:
            return " is LATCHED: what is started in it is stopped until it is reset";
        case core::BreakerState::observing:
        case core::BreakerState::armed:
            return nullptr;
    }
    return nullptr;
}

void add_zone_of(AttentionList& list, const codec::AgentZone& zone, const std::string& agent) {
    const std::string name = "zone " + zone.name.text + " of " + agent;
    if (const char* trouble = state_trouble(zone.state))
        list.push_back({true, name + trouble});
    if (zone.overdue)
        list.push_back({true, name + " is OVERDUE: the safe state was not observed by its deadline"});
    if (zone.impaired)
        list.push_back({true, name + " is IMPAIRED: a right or lever to stop was lost"});
    if (zone.blind)
        list.push_back({true, name + " is BLIND: a provider shows nothing"});
    if (zone.held)
        list.push_back({false, name + " is held: new compute in it is stopped"});
    if (zone.warned)
        list.push_back({false, name + " is warned: a limit's warning threshold is reached"});
}

void add_agent_of_fleet(AttentionList& list, const codec::AgentSummary& agent) {
    if (agent.missing)
        list.push_back({true, "agent " + agent.id + " is MISSING: nothing was heard of it for " +
                                  short_time(agent.seen_age) + "; what it shows is of then"});
    if (!agent.durable)
        list.push_back({true, "agent " + agent.id + " is NOT DURABLE: its disk takes no records"});
    if (agent.gaps > 0)
        list.push_back({false, "of agent " + agent.id + " " + std::to_string(agent.missing_facts) +
                                   " facts will never come, in " + std::to_string(agent.gaps) + " gaps"});
    for (const codec::AgentZone& zone : agent.zones)
        add_zone_of(list, zone, agent.id);
}

}  // namespace

std::vector<Attention> attention_in(const std::vector<codec::AgentSummary>& agents) {
    AttentionList list;
    for (const codec::AgentSummary& agent : agents)
        add_agent_of_fleet(list, agent);
    std::stable_partition(list.begin(), list.end(), [](const Attention& one) { return one.is_alarm; });
    return list;
}

}  // namespace noodstop::cli
