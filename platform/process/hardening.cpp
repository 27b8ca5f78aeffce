#include "platform/process/hardening.hpp"

#include "platform/file/file.hpp"
#include "platform/process/users.hpp"

#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <unistd.h>

namespace noodstop::platform {
namespace {

// Above ordinary work and the lowest real-time users, below the kernel's own threads.
constexpr int realtime_priority = 10;
constexpr int highest_ordinary_priority = -20;

int calling_thread() {
    return static_cast<int>(::syscall(SYS_gettid));
}

Result<std::vector<gid_t>> find_groups(const std::vector<std::string>& names) {
    std::vector<gid_t> groups;
    for (const std::string& name : names) {
        const Result<gid_t> group = find_group(name);
        if (!group)
            return group.error();
        groups.push_back(*group);
    }
    return groups;
}

Status change_identity(uid_t user, gid_t own_group, const std::vector<gid_t>& groups) {
    if (::setgroups(groups.size(), groups.data()) != 0)
        return system_error(errno, "set the supplementary groups");
    if (::setresgid(own_group, own_group, own_group) != 0)
        return system_error(errno, fmt::format("become group {}", own_group));
    if (::setresuid(user, user, user) != 0)
        return system_error(errno, fmt::format("become user {}", user));
    if (::setuid(0) == 0)
        return Error{0, "root can be regained after privileges were dropped"};
    return Done{};
}

}  // namespace

Status lock_memory() {
    if (::mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) != 0)
        return system_error(errno, "lock memory");
    return Done{};
}

Status raise_priority() {
    sched_param parameters{};
    parameters.sched_priority = realtime_priority;
    // The system call itself: not every C library passes it on.
    if (::syscall(SYS_sched_setscheduler, 0, SCHED_FIFO | SCHED_RESET_ON_FORK, &parameters) == 0)
        return Done{};
    const Error refused = system_error(errno, "get real-time scheduling");
    const auto thread = static_cast<id_t>(calling_thread());
    if (::setpriority(PRIO_PROCESS, thread, highest_ordinary_priority) == 0)
        return Error{refused.number, refused.message + "; the highest ordinary priority is in force instead"};
    return Error{refused.number,
                 fmt::format("{}; nor a higher ordinary priority: {}", refused.message, std::strerror(errno))};
}

Status lower_oom_score() {
    FileDescriptor folder(::open("/proc/self", O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!folder.valid())
        return system_error(errno, "open /proc/self");
    return write_kernel_file_at(folder.number(), "oom_score_adj", "-1000");
}

Status drop_privileges(const Privileges& wanted) {
    const Result<User> user = find_user(wanted.user);
    if (!user)
        return user.error();
    if (!user->group || user->id == 0)
        return Error{EINVAL, fmt::format("cannot drop privileges to user \"{}\": {}", wanted.user,
                                         user->group ? "it is root" : "it has no entry in /etc/passwd")};
    const Result<std::vector<gid_t>> groups = find_groups(wanted.groups);
    if (!groups)
        return groups.error();
    int death_signal = 0;
    ::prctl(PR_GET_PDEATHSIG, &death_signal, 0, 0, 0);
    if (Status changed = change_identity(user->id, *user->group, *groups); !changed)
        return changed;
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return system_error(errno, "forbid new privileges");
    if (death_signal != 0 && ::prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0) != 0)
        return system_error(errno, "keep the parent death signal");
    return Done{};
}

Status set_parent_death_signal(int signal, pid_t parent) {
    if (::prctl(PR_SET_PDEATHSIG, signal, 0, 0, 0) != 0)
        return system_error(errno, "ask for a signal at the parent's death");
    if (::getppid() != parent)  // it ended before the kernel had the request
        return Error{ESRCH, fmt::format("the parent process {} has ended", parent)};
    return Done{};
}

Status become_subreaper() {
    if (::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0)
        return system_error(errno, "become a subreaper");
    return Done{};
}

}  // namespace noodstop::platform
