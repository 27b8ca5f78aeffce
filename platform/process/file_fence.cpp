#include "platform/process/file_fence.hpp"

#include "platform/file/file.hpp"

#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <cerrno>
#include <cstdint>
#include <fcntl.h>
#include <unistd.h>

namespace noodstop::platform {
namespace {

// Of later versions than the installed headers know.
constexpr std::uint64_t access_truncate = 1ULL << 14;
constexpr std::uint64_t access_device_control = 1ULL << 15;
constexpr std::uint64_t access_bind_tcp = 1ULL << 0;
constexpr std::uint64_t scope_abstract_sockets = 1ULL << 0;
constexpr std::uint64_t scope_signals = 1ULL << 1;

constexpr std::uint64_t access_of_first_version = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1;
constexpr std::uint64_t access_to_read_file = LANDLOCK_ACCESS_FS_READ_FILE;
constexpr std::uint64_t access_to_read_folder = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;

// As the kernel has it since version 6; an older one takes the beginning.
struct Ruleset {
    std::uint64_t files = 0;
    std::uint64_t network = 0;
    std::uint64_t scoped = 0;
};

struct Extent {
    Ruleset ruleset;
    std::size_t size = sizeof(std::uint64_t);
};

Extent extent_of(int version) {
    Extent extent;
    extent.ruleset.files = access_of_first_version;
    if (version >= 2)
        extent.ruleset.files |= LANDLOCK_ACCESS_FS_REFER;
    if (version >= 3)
        extent.ruleset.files |= access_truncate;
    if (version >= 4) {
        extent.ruleset.network = access_bind_tcp;
        extent.size = 2 * sizeof(std::uint64_t);
    }
    if (version >= 5)
        extent.ruleset.files |= access_device_control;
    if (version >= 6) {
        extent.ruleset.scoped = scope_abstract_sockets | scope_signals;
        extent.size = sizeof(Ruleset);
    }
    return extent;
}

Status allow_reading(int rules, const std::string& path) {
    const FileDescriptor place(::open(path.c_str(), O_PATH | O_CLOEXEC));
    struct stat state {};
    if (!place.valid() || ::fstat(place.number(), &state) != 0)
        return Done{};  // what is not there, or not for us, needs no permission
    landlock_path_beneath_attr beneath{};
    beneath.allowed_access = S_ISDIR(state.st_mode) ? access_to_read_folder : access_to_read_file;
    beneath.parent_fd = place.number();
    if (::syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0) != 0)
        return system_error(errno, "allow the reading of " + path + " (Landlock)");
    return Done{};
}

}  // namespace

int fence_version() {
    const long version = ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
    return version > 0 ? static_cast<int>(version) : 0;
}

Status fence_files(const std::vector<std::string>& readable) {
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return system_error(errno, "give up gaining privileges");
    const Extent extent = extent_of(fence_version());
    const long number = ::syscall(SYS_landlock_create_ruleset, &extent.ruleset, extent.size, 0);
    if (number < 0)
        return system_error(errno, "give up the rights to files (Landlock)");
    const FileDescriptor rules(static_cast<int>(number));
    for (const std::string& path : readable)
        if (Status status = allow_reading(rules.number(), path); !status)
            return status;
    if (::syscall(SYS_landlock_restrict_self, rules.number(), 0) != 0)
        return system_error(errno, "give up the rights to files (Landlock)");
    return Done{};
}

}  // namespace noodstop::platform
