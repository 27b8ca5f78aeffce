// A handle on one process that can't come to mean another one when its number is given out again.
#pragma once

#include "platform/file/file.hpp"

#include <sys/types.h>

#include <chrono>

namespace noodstop::platform {

// Errors: ESRCH where there is no such process (a zombie still is one).
Result<FileDescriptor> open_process(pid_t pid);

// Signal 0 sends nothing and tells whether one could be sent. ESRCH: the process has ended.
Status send_signal(const FileDescriptor& process, int signal);

// True as soon as the process has ended (a zombie has), false when the time is up.
Result<bool> wait_for_end(const FileDescriptor& process, std::chrono::milliseconds timeout);

}  // namespace noodstop::platform
