// The stop side of the process provider. Every signal goes through a pidfd that was opened before the process was
// checked to be the one that is meant: whatever the check saw is what the signal hits.
#pragma once

#include "agent/core/lever.hpp"
#include "agent/providers/process/followed.hpp"
#include "agent/providers/process/selection.hpp"

namespace noodstop::providers {

core::StepReport pull_lever_on_process(const ProcessOptions& options, const FollowedProcesses& followed,
                                       const core::StepOrder& order);

core::Observation observe_process(const ProcessOptions& options, const core::ResourceId& resource);

// Without effect: signal 0 to every process that matches now.
core::Rehearsal rehearse_on_processes(const ProcessOptions& options, const core::Look& look,
                                      const std::vector<core::Lever>& levers);

// An error with a sentence if the selectors match the agent, its supervisor or pid 1.
platform::Status check_agent_is_not_selected(const ProcessOptions& options);

}  // namespace noodstop::providers
