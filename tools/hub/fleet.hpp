// The fleet as people ask for it: who is there, who is missing, armed or not, what it costs at present, what waits at
// the agents and what was lost on the way.
#pragma once

#include "tools/hub/store.hpp"

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace noodstop::hub {

struct FleetOptions {
    core::Duration missing_after = std::chrono::minutes(15);  // without a push
};

struct AgentSummary {
    std::string id;
    core::WallTime seen;
    bool missing = false;
    std::optional<core::Duration> status_age;  // of what follows; none: it never sent any
    std::uint32_t zones = 0;
    std::uint32_t armed = 0;
    std::uint32_t observing = 0;
    std::uint32_t disarmed = 0;
    std::uint32_t tripped = 0;  // and latched
    bool blind = false;         // one of its providers
    bool durable = true;
    std::map<std::string, core::HourlyRate> burn;  // by currency: what runs in its zones
    std::uint64_t facts_waiting = 0;               // at the agent, as far as it has told
    std::uint64_t samples_waiting = 0;
    std::uint64_t facts = 0;
    std::uint64_t gaps = 0;
    std::uint64_t missing_facts = 0;
};

struct AgentDetail {
    AgentSummary summary;
    std::optional<core::Snapshot> status;
    std::vector<core::Counter> totals;
    std::vector<core::Gap> gaps;
    std::vector<Event> events;
};

class Fleet {
public:
    Fleet(Store& store, FleetOptions options) : store_(store), options_(options) {}

    // By name. `now` is the hub's wall time; a clock that was put back makes nobody missing.
    platform::Result<std::vector<AgentSummary>> list(core::WallTime now);
    platform::Result<AgentDetail> agent(const std::string& id, core::WallTime now);

    // Who is missing since the last call, and who came back: each told once.
    struct Change {
        std::string agent;
        bool missing = false;
        core::WallTime seen;
    };
    platform::Result<std::vector<Change>> changes(core::WallTime now);

private:
    AgentSummary summary_of(const AgentRow& row, core::WallTime now) const;

    Store& store_;
    FleetOptions options_;
    std::set<std::string> missing_;
};

}  // namespace noodstop::hub
