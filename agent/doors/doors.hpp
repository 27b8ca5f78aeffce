// The doors process: serves the unix socket (later the network) from snapshots, and hands requests to the path.
#pragma once

#include "agent/core/policy.hpp"

namespace noodstop::doors {

// Runs until the link to the path closes or SIGTERM comes. `path_socket` is this process's end of the socket pair.
// Creates the listening socket, then drops to policy.doors_user with no new privileges. Returns the exit code.
int run_doors(const core::AgentPolicy& policy, int path_socket);

}  // namespace noodstop::doors
