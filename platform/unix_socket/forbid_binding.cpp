#include "platform/unix_socket/forbid_binding.hpp"

#include "platform/file/file.hpp"

#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <cerrno>
#include <unistd.h>

namespace noodstop::platform {

Status forbid_binding() {
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return system_error(errno, "give up gaining privileges");
    landlock_ruleset_attr handled{};
    handled.handled_access_fs = LANDLOCK_ACCESS_FS_MAKE_SOCK;
    const long rules = ::syscall(SYS_landlock_create_ruleset, &handled, sizeof handled, 0);
    if (rules < 0)
        return system_error(errno, "forbid the making of socket files (Landlock)");
    const FileDescriptor owner(static_cast<int>(rules));
    if (::syscall(SYS_landlock_restrict_self, owner.number(), 0) != 0)
        return system_error(errno, "forbid the making of socket files (Landlock)");
    return Done{};
}

}  // namespace noodstop::platform
