// The rows of the hub's tables (schema.hpp), inside transactions of the caller.
#pragma once

#include "platform/sqlite/database.hpp"
#include "tools/hub/store.hpp"

#include <optional>
#include <string>
#include <vector>

namespace noodstop::hub {

// An agent as the taking of a push changes it.
struct AgentState {
    std::int64_t number = 0;
    std::uint64_t line = 0;
    std::optional<core::Position> fact_head;
    std::optional<core::Position> sample_head;
};
platform::Result<std::optional<AgentState>> find_agent(platform::Database& database, const std::string& id);
platform::Result<AgentState> add_agent(platform::Database& database, const std::string& id, core::WallTime now);
platform::Status write_agent(platform::Database& database, const AgentState& agent, core::WallTime seen);
platform::Status write_claims(platform::Database& database, std::int64_t agent, const core::SpoolBatch& batch);
platform::Status write_status(platform::Database& database, std::int64_t agent, const core::Snapshot& status,
                              core::WallTime now);
platform::Result<std::vector<AgentRow>> read_agents(platform::Database& database);

struct EpochKey {
    std::int64_t agent = 0;
    core::Lane lane = core::Lane::facts;
    std::uint64_t epoch = 0;
};
struct Held {
    std::uint64_t sequence = 0;  // everything of the epoch until here; 0: nothing yet
    std::uint64_t claimed = 0;   // the agent once had it until here
};
platform::Result<std::optional<Held>> read_held(platform::Database& database, const EpochKey& key);
platform::Status raise_held(platform::Database& database, const EpochKey& key, const Held& at_least);
// A line of totals begins: what samples came before are none of it.
platform::Status forget_held_samples(platform::Database& database, std::int64_t agent);

// How many of them were not here yet.
platform::Result<std::uint64_t> add_facts(platform::Database& database, std::int64_t agent, std::uint64_t epoch,
                                          const std::vector<core::RecordedFact>& facts);
// Only of what is not here.
platform::Status add_gap(platform::Database& database, std::int64_t agent, std::uint64_t epoch, const core::Gap& gap);
platform::Result<std::vector<HeldFact>> read_facts(platform::Database& database, std::int64_t agent,
                                                   const FactQuery& query);
platform::Result<std::vector<core::Gap>> read_gaps(platform::Database& database, std::int64_t agent);

platform::Status set_totals(platform::Database& database, const AgentState& agent,
                            const std::vector<core::Counter>& counters);
platform::Result<std::vector<core::Counter>> read_totals(platform::Database& database, const AgentState& agent);
// By agent.
platform::Result<std::map<std::string, std::vector<Spent>>> read_spent(platform::Database& database);
// Which of an agent's lines has this name; none: it is new.
platform::Result<std::optional<std::uint64_t>> find_line(platform::Database& database, const AgentState& agent,
                                                         std::uint64_t id);
// The agent's present line gets its name, and those that are too many go.
platform::Status add_line(platform::Database& database, const AgentState& agent, std::uint64_t id);

platform::Status add_event(platform::Database& database, std::int64_t agent, const Event& event);
platform::Result<std::vector<Event>> read_events(platform::Database& database, std::int64_t agent);

}  // namespace noodstop::hub
