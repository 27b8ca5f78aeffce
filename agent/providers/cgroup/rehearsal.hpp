// Could the levers of the cgroup provider be pulled now? Asked of the kernel without effect: files are opened for
// writing and closed again, processes get signal 0.
#pragma once

#include "agent/core/lever.hpp"
#include "agent/providers/cgroup/settings.hpp"

namespace noodstop::providers {

// On every child of the root, or on the root itself while it has none. Refused altogether if the agent or pid 1 is
// anywhere below the root.
core::Rehearsal rehearse_on_groups(const CgroupOptions& options, const std::vector<core::Lever>& levers);

}  // namespace noodstop::providers
