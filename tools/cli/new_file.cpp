#include "tools/cli/new_file.hpp"

#include "platform/file/file.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <unistd.h>

namespace noodstop::cli {
namespace {

using platform::Status;

Status write_whole(int file, const NewFile& wanted) {
    for (std::size_t at = 0; at < wanted.content.size();) {
        const ssize_t size = ::write(file, wanted.content.data() + at, wanted.content.size() - at);
        if (size < 0 && errno != EINTR)
            return platform::system_error(errno, "write " + wanted.path);
        at += size < 0 ? 0 : static_cast<std::size_t>(size);
    }
    if (wanted.owner != ::geteuid() && ::fchown(file, wanted.owner, static_cast<gid_t>(-1)) != 0)
        return platform::system_error(errno, "give " + wanted.path + " to user " + std::to_string(wanted.owner));
    if (::fchmod(file, wanted.mode) != 0 || ::fsync(file) != 0)
        return platform::system_error(errno, "sync " + wanted.path);
    return platform::Done{};
}

}  // namespace

Status make_new_file(const NewFile& file) {
    const std::string temporary = file.path + ".part";
    // What an interrupted run has left is nobody's key.
    if (Status removed = platform::remove_file(temporary); !removed)
        return removed;
    platform::FileDescriptor opened(
        ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!opened.valid())
        return platform::system_error(errno, "create " + temporary);
    Status status = write_whole(opened.number(), file);
    if (status && ::renameat2(AT_FDCWD, temporary.c_str(), AT_FDCWD, file.path.c_str(), RENAME_NOREPLACE) != 0)
        status = platform::system_error(errno, "create " + file.path);
    if (status)
        return platform::sync_folder_of(file.path);
    (void)platform::remove_file(temporary);
    return status;
}

}  // namespace noodstop::cli
