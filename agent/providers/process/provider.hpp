// The provider "process": processes that match every selector that is set (executable, real user, pid file) are the
// resources.
//
//   id          "PID-STARTTIME" (clock ticks after boot): a pid that is given out again is another resource
//   sku, family "process"; kind "process"; region "local"; vcpus and gpus are not known here and 0
//   activity    running; frozen while stopped by a signal or a debugger. What has ended is not listed
//   created     boot time + start time, fixed when the process is first seen
//   cpu         counter: user and system time of all its threads, in steps of a clock tick (10 ms)
//   other priced figures are present and unknown
//
// There are no totals. What a process used between the last look and its end is lost, and a process that lives between
// two looks is not seen at all: together at most poll interval x CPUs of CPU time per interval. Who must not lose that
// uses a cgroup provider, whose root counts everything.
//
// A pid file alone is trusted: it may be stale and name a stranger; set executable or user beside it. A process that
// was listed by its pid file stays a resource until it ends, also when the file is removed.
//
//   shut_down SIGTERM (and SIGCONT, so that it is handled), power_off SIGKILL, suspend SIGSTOP, resume SIGCONT,
//   start refused. Kernel threads, the agent, its supervisor and pid 1 are never listed nor hit.
#pragma once

#include "agent/core/lever.hpp"
#include "agent/core/policy.hpp"
#include "agent/providers/local.hpp"
#include "platform/result.hpp"

#include <memory>
#include <vector>

namespace noodstop::providers {

// Error: the policy isn't a process provider's, a selector can't be resolved, or the selectors match the agent itself,
// its supervisor or pid 1. `priced`: see priced_metrics().
platform::Result<std::unique_ptr<core::Provider>> make_process_provider(const core::ProviderPolicy& policy,
                                                                        const std::vector<core::Metric>& priced,
                                                                        const ProtectedPids& agent);

}  // namespace noodstop::providers
