#include "tools/hub/fleet.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>

namespace noodstop::hub {
namespace {

using platform::Error;
using platform::Result;
using platform::Status;
using SpentByAgent = std::map<std::string, std::vector<Spent>>;

// Numbers grow along an agent's history, whichever epochs they are of.
std::uint64_t waiting(const std::optional<core::Position>& newest, const std::optional<core::Position>& head) {
    const std::uint64_t has = newest ? newest->sequence : 0;
    const std::uint64_t here = head ? head->sequence : 0;
    return has - std::min(has, here);
}

bool is_shown(const core::TenantName& tenant, const Viewer& viewer) {
    return !viewer.tenant || tenant == *viewer.tenant;
}

bool is_shown(const AgentRow& row, const Viewer& viewer) {
    if (!viewer.tenant)
        return true;
    return row.status && std::any_of(row.status->zones.begin(), row.status->zones.end(),
                                     [&](const auto& zone) { return zone.tenant == *viewer.tenant; });
}

codec::AgentZone zone_of(const core::ZoneStatus& status) {
    return {status.name,  status.tenant,   status.currency, status.state, status.warned, status.held,
            status.blind, status.impaired, status.overdue,  status.rate,  status.reason};
}

codec::AgentBurn& burn_in(std::vector<codec::AgentBurn>& burn, const std::string& currency) {
    for (codec::AgentBurn& one : burn)
        if (one.currency == currency)
            return one;
    return burn.emplace_back(codec::AgentBurn{currency, {}, std::nullopt});
}

void add_status(codec::AgentSummary& summary, const core::Snapshot& status, const Viewer& viewer) {
    for (const core::ZoneStatus& zone : status.zones) {
        if (!is_shown(zone.tenant, viewer))
            continue;
        summary.zones.push_back(zone_of(zone));
        burn_in(summary.burn, zone.currency).rate += zone.rate;
    }
    summary.blind_providers = static_cast<std::uint32_t>(
        std::count_if(status.providers.begin(), status.providers.end(), [](const auto& one) { return one.blind; }));
    summary.durable = status.durable;
}

void add_spent(codec::AgentSummary& summary, const SpentByAgent& spent, const Viewer& viewer) {
    const auto found = spent.find(summary.id);
    if (found == spent.end())
        return;
    for (const Spent& one : found->second) {
        if (!is_shown(one.tenant, viewer))
            continue;
        codec::AgentBurn& burn = burn_in(summary.burn, one.currency);
        burn.accrued = burn.accrued ? *burn.accrued + one.amount : one.amount;
    }
}

codec::AgentSummary summary_of(const AgentRow& row, const Viewer& viewer, core::WallTime now) {
    codec::AgentSummary summary;
    summary.id = row.id;
    summary.seen = row.seen;
    summary.seen_age = std::max(core::Duration{0}, now - row.seen);
    summary.facts = row.facts;
    summary.gaps = row.gaps;
    summary.missing_facts = row.missing_facts;
    summary.facts_waiting = waiting(row.newest_fact, row.fact_head);
    summary.samples_waiting = waiting(row.newest_sample, row.sample_head);
    if (row.status) {
        summary.status_age = std::max(core::Duration{0}, now - row.status_at);
        add_status(summary, *row.status, viewer);
    }
    return summary;
}

// What is the machine's as a whole is no single tenant's.
core::Snapshot status_for(core::Snapshot status, const Viewer& viewer) {
    if (!viewer.tenant)
        return status;
    std::erase_if(status.zones, [&](const core::ZoneStatus& zone) { return zone.tenant != *viewer.tenant; });
    std::erase_if(status.limits, [&](const core::LimitStatus& limit) { return limit.tenant != *viewer.tenant; });
    status.providers.clear();
    status.warnings.clear();
    return status;
}

codec::AgentEventKind kind_of(EventKind kind) {
    switch (kind) {
        case EventKind::first_seen:
            return codec::AgentEventKind::first_seen;
        case EventKind::diverged:
            return codec::AgentEventKind::diverged;
        case EventKind::began_anew:
            return codec::AgentEventKind::began_anew;
        case EventKind::lost:
            return codec::AgentEventKind::lost;
        case EventKind::totals_anew:
            return codec::AgentEventKind::totals_anew;
    }
    return codec::AgentEventKind::first_seen;
}

}  // namespace

Result<std::vector<codec::AgentSummary>> Fleet::list(const Viewer& viewer, core::WallTime now) {
    const Result<std::vector<AgentRow>> rows = store_.agents();
    if (!rows)
        return rows.error();
    const Result<SpentByAgent> spent = store_.spent();
    if (!spent)
        return spent.error();
    std::vector<codec::AgentSummary> summaries;
    for (const AgentRow& row : rows.value()) {
        if (!is_shown(row, viewer))
            continue;
        summaries.push_back(summary_of(row, viewer, now));
        add_spent(summaries.back(), spent.value(), viewer);
    }
    return summaries;
}

Result<codec::AgentDetail> Fleet::agent(const std::string& id, const Viewer& viewer, core::WallTime now) {
    const Result<std::vector<AgentRow>> rows = store_.agents();
    if (!rows)
        return rows.error();
    const auto row = std::find_if(rows->begin(), rows->end(), [&](const AgentRow& agent) { return agent.id == id; });
    if (row == rows->end() || !is_shown(*row, viewer))
        return Error{ENOENT, fmt::format("no agent has the name {}", id)};
    const Result<SpentByAgent> spent = store_.spent();
    if (!spent)
        return spent.error();
    codec::AgentDetail detail;
    detail.summary = summary_of(*row, viewer, now);
    add_spent(detail.summary, spent.value(), viewer);
    if (row->status)
        detail.status = status_for(*row->status, viewer);
    const Status added = add_history(detail, viewer);
    return added ? Result<codec::AgentDetail>(std::move(detail)) : Result<codec::AgentDetail>(added.error());
}

Status Fleet::add_history(codec::AgentDetail& detail, const Viewer& viewer) {
    Result<std::vector<core::Counter>> totals = store_.totals(detail.summary.id);
    if (!totals)
        return totals.error();
    Result<std::vector<core::Gap>> gaps = store_.gaps(detail.summary.id);
    if (!gaps)
        return gaps.error();
    const Result<std::vector<Event>> events = store_.events(detail.summary.id);
    if (!events)
        return events.error();
    std::erase_if(*totals, [&](const core::Counter& total) { return !is_shown(total.name.tenant, viewer); });
    detail.totals = std::move(*totals);
    detail.gaps = std::move(*gaps);
    for (const Event& event : events.value())
        detail.events.push_back({kind_of(event.kind), event.at, event.text});
    return platform::Done{};
}

}  // namespace noodstop::hub
