#include "tools/cli/attention.hpp"

#include "tools/cli/amounts.hpp"

#include <algorithm>

namespace noodstop::cli {
namespace {

using List = std::vector<Attention>;

void add_if(List& list, bool applies, bool is_alarm, const std::string& text) {
    if (applies)
        list.push_back({is_alarm, text});
}

void add_agent(List& list, const codec::StatusAnswer& status) {
    const core::Snapshot& snapshot = status.snapshot;
    add_if(list, status.age > silence_max, true,
           "THE AGENT IS SILENT: what is shown is " + short_time(status.age) +
               " old; it may not be able to stop anything");
    add_if(list, !snapshot.durable, true,
           "NOT DURABLE (durable: false): the disk takes no records; decisions are held in memory, stops go on");
    add_if(list, !snapshot.time_trusted, true,
           "TIME NOT TRUSTED: the wall clock jumped or is not synchronized; windows do not advance by it");
    add_if(list, snapshot.prices_pending, false,
           "changed prices wait: they warn but trip nothing until `noodstop acknowledge-prices --reason ...`");
    for (const std::string& warning : snapshot.warnings)
        list.push_back({false, warning});
}

void add_state(List& list, const core::ZoneStatus& zone, const std::string& name) {
    switch (zone.state) {
        case core::BreakerState::disarmed:
            return list.push_back({true, name + " is DISARMED: nothing in it will be stopped"});
        case core::BreakerState::tripped:
            return list.push_back({true, name + " is TRIPPED: its stops are under way"});
        case core::BreakerState::latched:
            return list.push_back({true, name + " is LATCHED: what is started in it is stopped until it is reset"});
        case core::BreakerState::observing:
        case core::BreakerState::armed:
            return;
    }
}

void add_zone(List& list, const core::ZoneStatus& zone) {
    const std::string name = "zone " + zone.name.text;
    add_state(list, zone, name);
    add_if(list, zone.overdue, true, name + " is OVERDUE: the safe state was not observed by its deadline");
    add_if(list, zone.impaired, true, name + " is IMPAIRED: a right or lever to stop was lost");
    add_if(list, zone.blind, true, name + " is BLIND: a provider shows nothing; the assumed rate is charged");
    add_if(list, zone.unproven, false, name + " is unproven: a rehearsal had no answer");
    add_if(list, zone.held, false, name + " is held: new compute in it is stopped");
    add_if(list, zone.warned, false, name + " is warned: a limit's warning threshold is reached");
}

}  // namespace

std::vector<Attention> attention_in(const codec::StatusAnswer& status) {
    List list;
    add_agent(list, status);
    for (const core::ZoneStatus& zone : status.snapshot.zones)
        add_zone(list, zone);
    std::stable_partition(list.begin(), list.end(), [](const Attention& one) { return one.is_alarm; });
    return list;
}

}  // namespace noodstop::cli
