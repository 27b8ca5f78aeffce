// Processes as /proc shows them. Every reading may meet a process that has just ended: see has_vanished().
#pragma once

#include "platform/process/proc_text.hpp"
#include "platform/result.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace noodstop::platform {

Result<ProcessStat> read_process_stat(pid_t pid);

// The path of /proc/PID/exe without the mark of a file that was replaced meanwhile. ENOENT for kernel threads.
Result<std::string> read_executable(pid_t pid);

Result<uid_t> read_real_user(pid_t pid);

// The path in the cgroup v2 hierarchy, as seen from this process's cgroup namespace.
Result<std::string> read_cgroup(pid_t pid);

Result<std::vector<Mount>> read_mounts();

// All processes, threads not counted, ascending.
Result<std::vector<pid_t>> list_processes();

// ENOENT also where the kernel was built without this list.
Result<std::vector<pid_t>> children_of(pid_t pid);

// The error says that the process ended before or while it was read.
bool has_vanished(const Error& error);

std::chrono::microseconds ticks_to_time(std::uint64_t ticks);

}  // namespace noodstop::platform
