// The stop side of the cgroup provider: pulling levers, and seeing what became of it.
#pragma once

#include "agent/core/lever.hpp"
#include "agent/providers/cgroup/settings.hpp"

namespace noodstop::providers {

// Blocks for the time that the kernel takes; at most a second more on kernels without cgroup.kill.
core::StepReport pull_lever_on_group(const CgroupOptions& options, const core::StepOrder& order);

core::Observation observe_group(const CgroupOptions& options, const core::ResourceId& resource);

}  // namespace noodstop::providers
