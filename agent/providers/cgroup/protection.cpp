#include "agent/providers/cgroup/protection.hpp"

#include "platform/process/process.hpp"

#include <climits>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <unistd.h>

namespace noodstop::providers {
namespace {

using platform::Error;
using platform::Result;
using platform::Status;

Result<std::string> path_of_folder(int folder) {
    char path[PATH_MAX];
    const ssize_t size = ::readlink(fmt::format("/proc/self/fd/{}", folder).c_str(), path, sizeof path);
    if (size < 0)
        return platform::system_error(errno, "find the path of an open folder");
    return std::string(path, static_cast<std::size_t>(size));
}

Result<std::uint64_t> mount_of_folder(int folder) {
    const std::string path = fmt::format("/proc/self/fdinfo/{}", folder);
    const Result<std::string> text = platform::read_file(path, 16384);
    if (!text)
        return text.error();
    const auto id = platform::parse_mount_id(*text);
    if (!id)
        return Error{0, "cannot read the mount in " + path};
    return *id;
}

// "/" and "" both mean the top.
std::string without_last_slash(std::string path) {
    if (path.ends_with('/'))
        path.pop_back();
    return path;
}

Error not_below(const std::string& path, const std::string& mount_point) {
    return {0, fmt::format("control group {} is not below its mount {}", path, mount_point)};
}

}  // namespace

Result<std::string> hierarchy_path(const Group& group) {
    const Result<std::string> path = path_of_folder(group.folder());
    const Result<std::uint64_t> mount_id = mount_of_folder(group.folder());
    const Result<std::vector<platform::Mount>> mounts = platform::read_mounts();
    if (!path || !mount_id || !mounts)
        return !path ? path.error() : !mount_id ? mount_id.error() : mounts.error();
    const auto mount = std::find_if(mounts->begin(), mounts->end(),
                                    [&](const platform::Mount& candidate) { return candidate.id == *mount_id; });
    if (mount == mounts->end())
        return Error{0, "cannot find the mount of control group " + group.name()};
    const std::string point = without_last_slash(mount->point);
    if (!path->starts_with(point))
        return not_below(*path, mount->point);
    const std::string rest = path->substr(point.size());
    if (!rest.empty() && !rest.starts_with('/'))
        return not_below(*path, mount->point);
    const std::string whole = without_last_slash(without_last_slash(mount->root) + rest);
    return whole.empty() ? "/" : whole;
}

bool is_within(const std::string& path, const std::string& group_path, Reach reach) {
    const std::string place = without_last_slash(path);
    const std::string group = without_last_slash(group_path);
    return place == group || (reach == Reach::subtree && place.starts_with(group + "/"));
}

Status check_agent_is_elsewhere(const Group& group, const ProtectedPids& agent, Reach reach) {
    const Result<std::string> group_path = hierarchy_path(group);
    if (!group_path)
        return Error{0, "it can't be ruled out that the agent itself is hit: " + group_path.error().message};
    for (const pid_t pid : protected_now(agent)) {
        const Result<std::string> place = platform::read_cgroup(pid);
        if (!place && platform::has_vanished(place.error()))
            continue;
        if (!place)
            return Error{0, "it can't be ruled out that the agent itself is hit: " + place.error().message};
        if (is_within(*place, *group_path, reach))
            return Error{0, fmt::format("process {} ({}) is in control group {} and must never be stopped", pid,
                                        pid == 1 ? "pid 1" : "of the agent", group.name())};
    }
    return platform::Done{};
}

}  // namespace noodstop::providers
