// What the hub knows of its agents, in one SQLite file: facts, latest totals, gaps, and how far it has each agent's
// history. Used by one thread.
//
// What must hold:
//   1. A push is one transaction. What is answered as taken is durable.
//   2. (agent, lane, epoch, sequence) names one entry for ever; one that is here is not taken again. So an agent may
//      send as often as it likes. An agent that begins an epoch because somebody knows more of it than it sent gives
//      what waits the new name; a backup of before knows the old one. So a fact that is here to the last byte, with
//      its number and time, is the same one under whatever epoch.
//   3. A run is taken only if what it follows is here, or if it follows nothing. So there are no holes but gaps that
//      were told.
//   4. Facts of two histories of one agent may lie side by side, since their epochs differ. Totals may not: a run of
//      samples that does not go on from the newest one here is refused, and one that begins from nothing begins a line
//      of totals of its own. The lines before it are kept, the latest lines_kept_max.
//   5. What an agent has claimed to have and later does not know of any more was lost, and is a gap.
//
// A hub that was restored from a backup, or lost its database, answers with an older head or none; agents then send
// again what they still have. A failed write or sync is final for the connection it happened in: the store is `dead`
// until revive().
#pragma once

#include "agent/core/uplink.hpp"
#include "platform/result.hpp"
#include "proto/codec/uplink_codec.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace noodstop::platform {
class Database;
}  // namespace noodstop::platform

namespace noodstop::hub {

inline constexpr std::size_t agents_max = 10'000;
inline constexpr std::size_t lines_kept_max = 8;       // of an agent's totals
inline constexpr std::size_t events_kept_max = 1'000;  // of each agent
inline constexpr std::uint32_t facts_answer_max = 10'000;

// What the hub itself noticed about an agent.
enum class EventKind : std::uint8_t {
    first_seen,
    diverged,     // its history goes on from an earlier point than the hub has: a backup was restored, or it has a twin
    began_anew,   // it knows nothing of its history before: its database was lost
    lost,         // entries that it had never came
    totals_anew,  // it told all totals from the beginning, as another line
};
const char* to_text(EventKind kind);

struct Event {
    std::string agent;
    core::WallTime at;
    EventKind kind = EventKind::first_seen;
    std::string text;
};

struct AgentRow {
    std::string id;
    core::WallTime seen;  // by the hub's clock
    std::optional<core::Position> fact_head;
    std::optional<core::Position> sample_head;
    std::optional<core::Position> newest_fact;  // that it claims to have
    std::optional<core::Position> newest_sample;
    std::uint64_t line = 0;  // of its present totals
    std::uint64_t facts = 0;
    std::uint64_t gaps = 0;
    std::uint64_t missing_facts = 0;  // numbers within the gaps
    std::optional<core::Snapshot> status;
    core::WallTime status_at;  // by the hub's clock
};

struct FactQuery {
    std::string agent;
    core::TenantName tenant;  // empty: any
    std::uint32_t most = 1'000;
};

struct HeldFact {
    std::uint64_t epoch = 0;
    core::RecordedFact fact;
};

// All that was ever charged in the zones of one tenant, in one currency.
struct Spent {
    core::TenantName tenant;
    std::string currency;
    core::Money amount;
};

// What became of a push, before it is durable.
struct Taken {
    core::HubAnswer answer;
    std::uint64_t facts_held_before = 0;  // of the run's epoch: what comes after it is new
};

class Store {
public:
    // What belongs to the same transaction as a push, or makes one of its own; an error undoes all of it.
    using WithPush = std::function<platform::Status(platform::Database& database, const Taken& taken)>;
    using Work = std::function<platform::Status(platform::Database& database)>;

    // Opens or creates. A damaged file is kept under another name and a new one begins; `problem` says so.
    static platform::Result<Store> open(const std::string& path);
    ~Store();
    Store(Store&&) noexcept;
    Store& operator=(Store&&) noexcept;

    // What was found wrong at the opening; empty: nothing.
    const std::string& problem() const;
    bool dead() const;
    platform::Status revive();

    // Takes a push that is in order (intake.hpp) and answers when it is durable. ENOSPC: no room for it, or for one
    // more agent.
    platform::Result<core::HubAnswer> take(const codec::Push& push, core::WallTime now, const WithPush& with = {});
    platform::Status transact(const Work& work);

    platform::Result<std::vector<AgentRow>> agents();                       // by name
    platform::Result<std::vector<HeldFact>> facts(const FactQuery& query);  // the newest so many, oldest first
    platform::Result<std::vector<core::Counter>> totals(const std::string& agent);
    platform::Result<std::map<std::string, std::vector<Spent>>> spent();  // by agent, from the present totals
    platform::Result<std::vector<core::Gap>> gaps(const std::string& agent);
    platform::Result<std::vector<Event>> events(const std::string& agent);
    // Facts and events from before; returns how many facts.
    platform::Result<std::uint64_t> forget_before(core::WallTime before);

private:
    struct Impl;
    explicit Store(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace noodstop::hub
