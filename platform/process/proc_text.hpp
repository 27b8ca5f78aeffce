// What the kernel writes about processes and mounts, as text: parsing only, without I/O. Text that is cut off or not
// in the kernel's form yields nothing rather than a number that is almost right.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace noodstop::platform {

// proc(5), /proc/PID/stat. Times are in ticks of sysconf(_SC_CLK_TCK).
struct ProcessStat {
    pid_t pid = 0;
    char state = '?';
    pid_t parent = 0;
    std::uint64_t flags = 0;
    std::uint64_t user_ticks = 0;
    std::uint64_t system_ticks = 0;
    std::int64_t threads = 0;
    std::uint64_t start_ticks = 0;  // after boot

    bool is_kernel_thread() const;
    // A first thread that ended while others go on is shown as a zombie, too, and the process runs all the same.
    bool has_ended() const { return (state == 'Z' || state == 'X' || state == 'x') && threads <= 1; }
};

// The command in parentheses may itself contain blanks, parentheses and line feeds.
std::optional<ProcessStat> parse_process_stat(std::string_view text);

// The real user id of /proc/PID/status.
std::optional<uid_t> parse_real_user(std::string_view text);

// The path in the cgroup v2 hierarchy of /proc/PID/cgroup, e.g. "/" or "/system.slice/x.service".
std::optional<std::string> parse_unified_cgroup(std::string_view text);

// Numbers of processes, each followed by a blank or line feed, as in /proc/PID/task/TID/children.
std::optional<std::vector<pid_t>> parse_pid_list(std::string_view text);

struct Mount {
    std::uint64_t id = 0;
    std::string root;   // of the mounted file system: what is visible at `point`
    std::string point;  // where
    std::string type;   // e.g. "cgroup2"
};

// /proc/self/mountinfo; lines that are not in its form are left out.
std::vector<Mount> parse_mounts(std::string_view text);

// Of /proc/PID/fdinfo/NUMBER: the id of the mount that an open file is on, as in Mount.
std::optional<std::uint64_t> parse_mount_id(std::string_view text);

// The whole text as a number without sign, blanks or anything else; nothing if it doesn't fit.
std::optional<std::uint64_t> parse_number(std::string_view text);

}  // namespace noodstop::platform
