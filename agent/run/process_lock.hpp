// Which process works on a state folder: a record lock on a file in it. The kernel itself names the holder and drops
// the lock when it ends, so that no stale number is ever believed or signalled.
#pragma once

#include "platform/file/file.hpp"

#include <sys/types.h>

#include <chrono>
#include <string>

namespace noodstop::run {

inline constexpr const char* supervisor_lock_name = "supervisor.lock";
inline constexpr const char* path_lock_name = "path.lock";

struct LockOutcome {
    platform::FileDescriptor lock;  // valid: ours for as long as it is open; must be opened only once by a process
    pid_t holder = 0;               // who else has it
    std::string problem;            // neither: the disk doesn't let us lock
};
LockOutcome take_process_lock(const std::string& path);

// 0: nobody, or not to be found out.
pid_t lock_holder(const std::string& path);

// Asks the holder to end (SIGTERM), and after `patience` makes it (SIGKILL); waits for its end. Signals go through a
// handle on the process that is checked to hold the lock, so they can't hit another one.
platform::Status end_lock_holder(const std::string& path, std::chrono::milliseconds patience);

}  // namespace noodstop::run
