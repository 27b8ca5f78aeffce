#include "agent/providers/cgroup/group.hpp"

#include <fmt/format.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cerrno>
#include <dirent.h>
#include <fcntl.h>
#include <filesystem>
#include <memory>
#include <unistd.h>

namespace noodstop::providers {
namespace {

using platform::Error;
using platform::FileDescriptor;
using platform::Result;
using platform::Status;
using platform::system_error;

constexpr std::size_t small_file_max = 64 * 1024;
constexpr std::size_t processes_size_max = 32 * 1024 * 1024;  // all pids that a kernel can have

// Kernels before 5.6 don't know openat2; there the last part of the path is guarded against links, and cgroup v2
// itself has none.
FileDescriptor open_folder(int from, const std::string& path, std::uint64_t resolve) {
    open_how how{};
    how.flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    how.resolve = resolve;
    const long number = ::syscall(SYS_openat2, from, path.c_str(), &how, sizeof how);
    if (number >= 0 || errno != ENOSYS)
        return FileDescriptor(static_cast<int>(number));
    return FileDescriptor(::openat(from, path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
}

bool is_on_cgroup2(int file) {
    struct statfs information {};
    return ::fstatfs(file, &information) == 0 && information.f_type == CGROUP2_SUPER_MAGIC;
}

Error not_understood(const Group& group, const char* file) {
    return {0, fmt::format("cannot read {} of {}: it is not in the form of this kernel interface", file, group.name())};
}

}  // namespace

bool group_is_gone(const Error& error) {
    return error.number == ENOENT || error.number == ENODEV;
}

Result<Group> Group::open_root(const std::string& path) {
    if (!path.starts_with('/'))
        return Error{EINVAL, fmt::format("\"{}\" is not an absolute path", path)};
    FileDescriptor folder = open_folder(AT_FDCWD, path, RESOLVE_NO_SYMLINKS);
    if (!folder.valid() && errno == ELOOP)
        return Error{ELOOP, fmt::format("cannot open control group {}: a symbolic link is on the way", path)};
    if (!folder.valid())
        return system_error(errno, "open control group " + path);
    if (!is_on_cgroup2(folder.number()))
        return Error{EINVAL, fmt::format("{} is not a control group of cgroup v2", path)};
    return Group(std::move(folder), path);
}

Result<Group> Group::open_below(const std::string& path) const {
    const std::string whole = name_ + "/" + path;
    FileDescriptor folder =
        open_folder(folder_.number(), path, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV);
    if (!folder.valid())
        return system_error(errno, "open control group " + whole);
    return Group(std::move(folder), whole);
}

Result<GroupListing> Group::children(std::size_t names_max) const {
    FileDescriptor copy(::openat(folder_.number(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!copy.valid())
        return system_error(errno, "list control group " + name_);
    const std::unique_ptr<DIR, int (*)(DIR*)> stream(::fdopendir(copy.number()), ::closedir);
    if (!stream)
        return system_error(errno, "list control group " + name_);
    copy.release();  // the stream closes it
    GroupListing listing;
    errno = 0;
    while (const dirent* entry = ::readdir(stream.get())) {
        const std::string name = entry->d_name;
        if (entry->d_type != DT_DIR || name == "." || name == "..")
            continue;
        listing.complete = listing.names.size() < names_max;
        if (!listing.complete)
            break;
        listing.names.push_back(name);
        errno = 0;
    }
    if (listing.complete && errno != 0)
        return system_error(errno, "list control group " + name_);
    std::sort(listing.names.begin(), listing.names.end());
    return listing;
}

Result<std::string> Group::read(const char* file) const {
    Result<std::string> text = platform::read_file_at(folder_.number(), file, small_file_max);
    if (!text)
        return Error{text.error().number, fmt::format("{} of {}", text.error().message, name_)};
    return text;
}

Status Group::write(const char* file, const std::string& text) const {
    Status status = platform::write_kernel_file_at(folder_.number(), file, text);
    if (!status)
        return Error{status.error().number, fmt::format("{} of {}", status.error().message, name_)};
    return status;
}

Status Group::can_write(const char* file) const {
    FileDescriptor opened(::openat(folder_.number(), file, O_WRONLY | O_CLOEXEC));
    if (!opened.valid())
        return system_error(errno, fmt::format("open {} of {} for writing", file, name_));
    return platform::Done{};
}

Result<GroupEvents> Group::events() const {
    const Result<std::string> text = read("cgroup.events");
    if (!text)
        return text.error();
    const std::optional<GroupEvents> events = parse_events(*text);
    if (!events)
        return not_understood(*this, "cgroup.events");
    return *events;
}

Result<std::vector<pid_t>> Group::processes() const {
    const Result<std::string> text = platform::read_file_at(folder_.number(), "cgroup.procs", processes_size_max);
    if (!text)
        return Error{text.error().number, fmt::format("{} of {}", text.error().message, name_)};
    std::optional<std::vector<pid_t>> pids = parse_processes(*text);
    if (!pids)
        return not_understood(*this, "cgroup.procs");
    return std::move(*pids);
}

Result<bool> Group::has_processes() const {
    FileDescriptor file(::openat(folder_.number(), "cgroup.procs", O_RDONLY | O_CLOEXEC));
    char first = 0;
    const ssize_t count = file.valid() ? ::read(file.number(), &first, 1) : -1;
    if (count < 0)
        return system_error(errno, "read cgroup.procs of " + name_);
    return count > 0;
}

bool Group::is_same_as(const Group& other) const {
    struct stat mine {};
    struct stat others {};
    return ::fstat(folder(), &mine) == 0 && ::fstat(other.folder(), &others) == 0 && mine.st_ino == others.st_ino &&
           mine.st_dev == others.st_dev;
}

bool root_is_proven_gone(const std::string& root) {
    std::filesystem::path path(root);
    while (path.has_relative_path()) {
        const FileDescriptor folder = open_folder(AT_FDCWD, path.string(), RESOLVE_NO_SYMLINKS);
        if (folder.valid())
            return path != std::filesystem::path(root) && is_on_cgroup2(folder.number());
        if (errno != ENOENT)
            return false;
        path = path.parent_path();
    }
    return false;
}

}  // namespace noodstop::providers
