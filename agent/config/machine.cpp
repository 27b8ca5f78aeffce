#include "agent/config/load.hpp"
#include "platform/process/process.hpp"

#include <algorithm>
#include <chrono>
#include <unistd.h>

namespace noodstop::config {
namespace {

// Where control groups of version 2 are mounted, also beside version 1 ones; nothing if they are not.
std::optional<std::string> find_cgroup_mount() {
    const auto mounts = platform::read_mounts();
    if (!mounts)
        return std::nullopt;
    const auto found = std::find_if(mounts->begin(), mounts->end(),
                                    [](const platform::Mount& mount) { return mount.type == "cgroup2"; });
    return found == mounts->end() ? std::nullopt : std::optional(found->point);
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
    for (const pid_t process : {::getpid(), ::getppid()}) {
        if (auto group = platform::read_cgroup(process))
            machine.own_cgroups.push_back(std::move(*group));
    }
    if (auto mount = find_cgroup_mount())
        machine.cgroup_mount = std::move(*mount);
    machine.host_name = host_name();
    machine.look_at_files = true;
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    machine.now = core::WallTime{std::chrono::duration_cast<core::Duration>(now)};
    return machine;
}

}  // namespace noodstop::config
