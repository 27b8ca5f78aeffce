// What of the agent one tenant's owner gets to see: its own, and nothing of others, not even how much there is of them.
//
// What shows all the same, because it is the agent's and not another tenant's: its name, the time, whether decisions
// are durable and time is trusted. Facts keep their numbers in the journal, so that evidence stays evidence: gaps
// between them show that others were recorded, and no more. A provider that the zones of several tenants cover is
// charged to each of them whole, and so each of their owners sees all of it.
#pragma once

#include "agent/core/record.hpp"
#include "agent/core/snapshot.hpp"

namespace noodstop::doors {

// Without what can't be said to be the tenant's: warnings, the number of looks and of facts, whether prices wait.
core::Snapshot tenant_view(const core::Snapshot& snapshot, const core::TenantName& tenant);

// Resources that a zone of the tenant covers; of their zones only those. `snapshot` says whose zones are whose.
std::vector<core::ResourceStatus> tenant_view(const std::vector<core::ResourceStatus>& resources,
                                              const core::Snapshot& snapshot, const core::TenantName& tenant);

// Facts that name the tenant.
std::vector<core::RecordedFact> tenant_view(const std::vector<core::RecordedFact>& facts,
                                            const core::TenantName& tenant);

}  // namespace noodstop::doors
