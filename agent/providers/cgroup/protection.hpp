// Whether an action on a control group would hit the agent: asked of the kernel before each action.
#pragma once

#include "agent/providers/cgroup/group.hpp"
#include "agent/providers/local.hpp"

namespace noodstop::providers {

enum class Reach : std::uint8_t {
    group_only,  // the processes directly in the group
    subtree,     // and all that are in groups below it
};

// The group's path as /proc/PID/cgroup writes it, in this process's cgroup namespace.
platform::Result<std::string> hierarchy_path(const Group& group);

// `path` as in /proc/PID/cgroup.
bool is_within(const std::string& path, const std::string& group_path, Reach reach);

// An error with a sentence if a protected process is in reach, or if that can't be found out.
platform::Status check_agent_is_elsewhere(const Group& group, const ProtectedPids& agent, Reach reach);

}  // namespace noodstop::providers
