#include "agent/config/load.hpp"
#include "platform/file/file.hpp"

#include <chrono>
#include <sstream>
#include <unistd.h>

namespace noodstop::config {
namespace {

constexpr std::size_t proc_file_size_max = std::size_t{1} << 20;

// Where control groups of version 2 are mounted, also beside version 1 ones; nothing if they are not.
std::optional<std::string> find_cgroup_mount() {
    const auto mounts = platform::read_file("/proc/self/mounts", proc_file_size_max);
    if (!mounts)
        return std::nullopt;
    std::istringstream lines(*mounts);
    for (std::string line; std::getline(lines, line);) {
        std::istringstream fields(line);
        std::string device, folder, kind;
        if (fields >> device >> folder >> kind && kind == "cgroup2")
            return folder;
    }
    return std::nullopt;
}

// The version 2 group of a process, as a path below the mount.
std::optional<std::string> cgroup_of(const std::string& process) {
    const auto groups = platform::read_file("/proc/" + process + "/cgroup", proc_file_size_max);
    if (!groups)
        return std::nullopt;
    std::istringstream lines(*groups);
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("0::"))
            return line.substr(3);
    }
    return std::nullopt;
}

std::string host_name() {
    char name[256] = {};
    return ::gethostname(name, sizeof name - 1) == 0 ? name : "";
}

}  // namespace

Machine this_machine() {
    Machine machine;
    if (const long cpus = ::sysconf(_SC_NPROCESSORS_ONLN); cpus > 0)
        machine.cpus = static_cast<unsigned>(cpus);
    for (const auto& process : {std::string("self"), std::to_string(::getppid())}) {
        if (auto group = cgroup_of(process))
            machine.own_cgroups.push_back(std::move(*group));
    }
    if (auto mount = find_cgroup_mount())
        machine.cgroup_mount = std::move(*mount);
    machine.host_name = host_name();
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    machine.now = core::WallTime{std::chrono::duration_cast<core::Duration>(now)};
    return machine;
}

}  // namespace noodstop::config
