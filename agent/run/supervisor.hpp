// The supervisor: what `noodstopd` is. It starts two children of the same program and starts them again when they end:
//
//   path    engine, providers, journal; a control socket to the supervisor
//   doors   listeners; a socket pair to the path, made new whenever either of them is started
//
// Who outlives whom:
//   - doors dies: a new one with a new socket pair, whose other end goes to the living path over the control socket.
//   - path dies: at once a new one, with the configuration that was last in force whatever the file holds by then; the
//     doors process sees its link close, ends, and is started again. A path that stops turning while the supervisor
//     runs is killed and counts as dead; one that was stopped together with it, with the machine, goes on.
//   - a reloaded configuration changes the ports or the channel: the doors process is asked to end, and killed after
//     ending_patience; the new one has the new configuration. Whatever else it changes, doors stays as it is.
//   - the supervisor dies: the children carry on. A trip that runs must come to its end, and a load must not go
//     unwatched because the least important of three processes is gone. The path records it and says so in its status.
//   - a new noodstopd finds the state folder locked by such a path, ends it (SIGTERM, SIGKILL after takeover_patience)
//     and starts its own, which takes up where that one was. One that finds a living supervisor refuses to start.
//
// The supervisor has one thread, no library in its way and no state but the two pids: little that can fail.
#pragma once

#include "agent/core/policy.hpp"

#include <chrono>
#include <string>

namespace noodstop::run {

inline constexpr std::chrono::seconds takeover_patience{3};
inline constexpr std::chrono::seconds turning_patience{10};   // since the path last said that it turns
inline constexpr std::chrono::seconds starting_patience{60};  // until it first does
inline constexpr std::chrono::seconds ending_patience{5};     // of children asked to end, then they are killed

struct SupervisorOptions {
    std::string configuration_path;
    core::Policy policy;
};

// Until SIGTERM or SIGINT. SIGHUP is handed on to the path. Returns the exit code (exit_code.hpp).
int run_supervisor(const SupervisorOptions& options);

}  // namespace noodstop::run
