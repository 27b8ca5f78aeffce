// The doors process: serves the unix socket and the remote port from snapshots, and hands requests to the path.
#pragma once

#include "agent/core/policy.hpp"

namespace noodstop::doors {

// Runs until the link to the path closes or SIGTERM comes. `path_socket` is this process's end of the socket pair.
// Makes the listening sockets, then enters the sandbox (sandbox.hpp) before it takes a byte from anybody. Returns the
// exit code.
int run_doors(const core::AgentPolicy& policy, int path_socket);

}  // namespace noodstop::doors
