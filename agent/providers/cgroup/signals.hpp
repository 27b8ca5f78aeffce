// Signals to the processes of a control group, each through a handle that is checked to be in the group still.
#pragma once

#include "agent/providers/cgroup/protection.hpp"

#include <chrono>
#include <functional>

namespace noodstop::providers {

inline constexpr std::size_t nested_groups_max = 10'000;
inline constexpr int signal_rounds_max = 10;  // a process that forks faster than it is signalled
inline constexpr int kill_rounds_max = 200;
inline constexpr std::chrono::milliseconds kill_round_pause{5};

// Calls `act` for the group and every group below it, parents first. Groups that vanish meanwhile are left out.
// Goes on after an error and returns the first one.
platform::Status for_each_group(const Group& top, const std::function<platform::Status(const Group&)>& act);

struct GroupSignal {
    int number = 0;  // 0: only asks whether a signal could be sent
    Reach reach = Reach::subtree;
    const ProtectedPids* agent = nullptr;
};

// To every process in reach, again while new ones are found. Errors: a process that may not be signalled, that is
// outside of this pid namespace, or that is the agent's; all others have been signalled all the same.
platform::Status signal_group(const Group& group, const GroupSignal& signal);

// Ends the freezing of the group and of the groups below it.
platform::Status thaw_subtree(const Group& group);

// SIGKILL without cgroup.kill (kernels before 5.14): freezes the subtree where it can so that nothing forks away,
// kills until it is empty, thaws. Blocks for at most kill_rounds_max pauses.
platform::Status kill_by_signals(const Group& group, const ProtectedPids& agent, Reach reach);

}  // namespace noodstop::providers
