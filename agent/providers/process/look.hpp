// One look at the selected processes. By executable it costs 1 system call per process of the machine and 9 per kernel
// thread, by user 4 per process, by pid file nearly nothing; and 4 more per process that matches.
#pragma once

#include "agent/providers/process/followed.hpp"
#include "agent/providers/process/selection.hpp"

namespace noodstop::providers {

core::Look look_at_processes(const ProcessOptions& options, FollowedProcesses& followed);

}  // namespace noodstop::providers
