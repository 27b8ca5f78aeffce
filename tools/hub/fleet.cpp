#include "tools/hub/fleet.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>

namespace noodstop::hub {
namespace {

using platform::Error;
using platform::Result;

// Numbers grow along an agent's history, whichever epochs they are of.
std::uint64_t waiting(const std::optional<core::Position>& newest, const std::optional<core::Position>& head) {
    const std::uint64_t has = newest ? newest->sequence : 0;
    const std::uint64_t here = head ? head->sequence : 0;
    return has - std::min(has, here);
}

void add_zones(AgentSummary& summary, const core::Snapshot& status) {
    for (const core::ZoneStatus& zone : status.zones) {
        ++summary.zones;
        switch (zone.state) {
            case core::BreakerState::disarmed:
                ++summary.disarmed;
                break;
            case core::BreakerState::observing:
                ++summary.observing;
                break;
            case core::BreakerState::armed:
                ++summary.armed;
                break;
            case core::BreakerState::tripped:
            case core::BreakerState::latched:
                ++summary.tripped;
                break;
        }
        summary.blind = summary.blind || zone.blind;
        summary.burn[zone.currency] += zone.rate;
    }
    summary.durable = status.durable;
}

}  // namespace

AgentSummary Fleet::summary_of(const AgentRow& row, core::WallTime now) const {
    AgentSummary summary;
    summary.id = row.id;
    summary.seen = row.seen;
    summary.missing = now - row.seen > options_.missing_after;
    summary.facts = row.facts;
    summary.gaps = row.gaps;
    summary.missing_facts = row.missing_facts;
    summary.facts_waiting = waiting(row.newest_fact, row.fact_head);
    summary.samples_waiting = waiting(row.newest_sample, row.sample_head);
    if (row.status) {
        summary.status_age = std::max(core::Duration{0}, now - row.status_at);
        add_zones(summary, *row.status);
    }
    return summary;
}

Result<std::vector<AgentSummary>> Fleet::list(core::WallTime now) {
    const Result<std::vector<AgentRow>> rows = store_.agents();
    if (!rows)
        return rows.error();
    std::vector<AgentSummary> summaries;
    for (const AgentRow& row : rows.value())
        summaries.push_back(summary_of(row, now));
    return summaries;
}

Result<AgentDetail> Fleet::agent(const std::string& id, core::WallTime now) {
    const Result<std::vector<AgentRow>> rows = store_.agents();
    if (!rows)
        return rows.error();
    const auto row = std::find_if(rows->begin(), rows->end(), [&](const AgentRow& agent) { return agent.id == id; });
    if (row == rows->end())
        return Error{ENOENT, fmt::format("no agent has the name {}", id)};
    AgentDetail detail{summary_of(*row, now), row->status, {}, {}, {}};
    Result<std::vector<core::Counter>> totals = store_.totals(id);
    Result<std::vector<core::Gap>> gaps = store_.gaps(id);
    Result<std::vector<Event>> events = store_.events(id);
    if (!totals || !gaps || !events)
        return !totals ? totals.error() : !gaps ? gaps.error() : events.error();
    detail.totals = std::move(*totals);
    detail.gaps = std::move(*gaps);
    detail.events = std::move(*events);
    return detail;
}

Result<std::vector<Fleet::Change>> Fleet::changes(core::WallTime now) {
    const Result<std::vector<AgentRow>> rows = store_.agents();
    if (!rows)
        return rows.error();
    std::vector<Change> changes;
    for (const AgentRow& row : rows.value()) {
        const bool missing = now - row.seen > options_.missing_after;
        if (missing == missing_.contains(row.id))
            continue;
        changes.push_back({row.id, missing, row.seen});
        if (missing)
            missing_.insert(row.id);
        else
            missing_.erase(row.id);
    }
    return changes;
}

}  // namespace noodstop::hub
