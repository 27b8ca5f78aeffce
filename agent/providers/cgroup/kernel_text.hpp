// What cgroup v2 files contain: parsing only, without I/O. Text that is cut off or not in the kernel's form yields
// nothing rather than a figure that is almost right; so a line counts only with its line feed.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace noodstop::providers {

// cpu.stat: usage_usec, microseconds of CPU time of the group and all below it, ended ones included.
std::optional<std::int64_t> parse_cpu_usage(std::string_view text);

// cgroup.events
struct GroupEvents {
    bool populated = true;  // a live process is in the group or below it
    bool frozen = false;
};
std::optional<GroupEvents> parse_events(std::string_view text);

// A file with one number: memory.current, cgroup.freeze.
std::optional<std::int64_t> parse_amount(std::string_view text);

// cgroup.procs. 0 stands for a process that this pid namespace doesn't see.
std::optional<std::vector<pid_t>> parse_processes(std::string_view text);

}  // namespace noodstop::providers
