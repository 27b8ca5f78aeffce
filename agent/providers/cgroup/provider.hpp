// The provider "cgroup": the direct children of one cgroup v2 folder are the resources.
//
//   id          the child's name; "." for the processes that sit directly in the root, while there are any
//   sku, family "cgroup"; kind "cgroup"; region "local"; vcpus and gpus are not known here and 0
//   activity    running, frozen, stopped (no live process in it or below), by cgroup.events
//   created     never: the kernel keeps no reliable time
//   cpu         counter from cpu.stat. "." has none: its CPU time is not separable and is priced by the totals
//   memory      gauge from memory.current where the controller is there; where it isn't and memory has a price, the
//               measure is present and unknown. Likewise every other priced figure that the kernel doesn't give
//   totals      cpu of the root: everything below it, also what came and went between two looks
//
//   power_off   cgroup.kill; without it freezing, SIGKILL to all, thawing
//   shut_down   SIGTERM to every process of the subtree, then thawing
//   suspend     cgroup.freeze, resume ends it; both refused for ".", because they would freeze everything
//   start       refused
//
// Nothing is done to a group in or below which the agent, its supervisor or pid 1 is, whatever the configuration says.
#pragma once

#include "agent/core/lever.hpp"
#include "agent/core/policy.hpp"
#include "agent/providers/local.hpp"
#include "platform/result.hpp"

#include <memory>
#include <vector>

namespace noodstop::providers {

// Error: the policy isn't a cgroup's, or its root exists and is not a cgroup v2 folder. A root that is missing is no
// error here (its service may start later): looks are absent until it is there. `priced`: see priced_metrics().
platform::Result<std::unique_ptr<core::Provider>> make_cgroup_provider(const core::ProviderPolicy& policy,
                                                                       const std::vector<core::Metric>& priced,
                                                                       const ProtectedPids& agent);

}  // namespace noodstop::providers
