// The path process: engine, providers and journal, with the rights to stop. Started by the supervisor; when the
// supervisor is gone it carries on alone until it is asked to end.
#pragma once

#include <string>

namespace noodstop::run {

struct PathOptions {
    std::string configuration_path;  // read again on SIGHUP
    int policy_file = -1;            // what is in force (policy_file.hpp)
    int control_socket = -1;         // to the supervisor (control_message.hpp)
    int supervisor = 0;              // its pid
};

// Returns the exit code (exit_code.hpp). Threads that hang may still be there: the caller ends the process without
// running destructors.
int run_path(const PathOptions& options);

}  // namespace noodstop::run
