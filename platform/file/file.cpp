#include "platform/file/file.hpp"

#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <filesystem>
#include <unistd.h>

namespace noodstop::platform {
namespace {

Result<std::string> read_all(int file, const std::string& name, std::size_t size_max) {
    std::string content;
    char buffer[16384];
    for (;;) {
        const ssize_t count = ::read(file, buffer, sizeof buffer);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return system_error(errno, "read " + name);
        if (count == 0)
            return content;
        content.append(buffer, static_cast<std::size_t>(count));
        if (content.size() > size_max)
            return Error{EFBIG, fmt::format("cannot read {}: longer than {} bytes", name, size_max)};
    }
}

Status write_all(int file, const std::string& name, const std::string& content) {
    std::size_t written = 0;
    while (written < content.size()) {
        const ssize_t count = ::write(file, content.data() + written, content.size() - written);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return system_error(errno, "write " + name);
        written += static_cast<std::size_t>(count);
    }
    return Done{};
}

Result<FileDescriptor> lock_opened(FileDescriptor file, const std::string& path) {
    if (!file.valid())
        return system_error(errno, "open lock " + path);
    if (::flock(file.number(), LOCK_EX | LOCK_NB) == 0)
        return file;
    if (errno == EWOULDBLOCK)
        return Error{errno, fmt::format("{} is locked: another noodstopd uses this state folder", path)};
    return system_error(errno, "lock " + path);
}

}  // namespace

Error system_error(int number, const std::string& action) {
    return {number, fmt::format("cannot {}: {}", action, std::strerror(number))};
}

FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept {
    if (this != &other) {
        close();
        number_ = std::exchange(other.number_, -1);
    }
    return *this;
}

void FileDescriptor::close() {
    if (number_ >= 0)
        ::close(std::exchange(number_, -1));
}

Result<std::string> read_file(const std::string& path, std::size_t size_max) {
    FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file.valid())
        return system_error(errno, "open " + path);
    return read_all(file.number(), path, size_max);
}

Result<std::string> read_file_at(int folder, const char* name, std::size_t size_max) {
    FileDescriptor file(::openat(folder, name, O_RDONLY | O_CLOEXEC));
    if (!file.valid())
        return system_error(errno, std::string("open ") + name);
    return read_all(file.number(), name, size_max);
}

Status write_kernel_file_at(int folder, const char* name, const std::string& text) {
    FileDescriptor file(::openat(folder, name, O_WRONLY | O_CLOEXEC));
    if (!file.valid())
        return system_error(errno, std::string("open ") + name);
    if (::write(file.number(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
        return system_error(errno, std::string("write ") + name);
    return Done{};
}

Status replace_file_durably(const std::string& path, const std::string& content, unsigned mode) {
    const std::string temporary = path + ".new";
    FileDescriptor file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode));
    if (!file.valid())
        return system_error(errno, "create " + temporary);
    if (Status status = write_all(file.number(), temporary, content); !status)
        return status;
    if (::fsync(file.number()) != 0)
        return system_error(errno, "sync " + temporary);
    return rename_durably(temporary, path);
}

Status make_folders(const std::string& path, unsigned mode) {
    std::string so_far;
    for (const auto& part : std::filesystem::path(path)) {
        so_far = so_far.empty() ? part.string() : (std::filesystem::path(so_far) / part).string();
        if (so_far != "/" && ::mkdir(so_far.c_str(), mode) != 0 && errno != EEXIST)
            return system_error(errno, "create folder " + so_far);
    }
    return Done{};
}

Status rename_file(const std::string& from, const std::string& to) {
    if (::rename(from.c_str(), to.c_str()) != 0)
        return system_error(errno, fmt::format("rename {} to {}", from, to));
    return Done{};
}

Status rename_durably(const std::string& from, const std::string& to) {
    if (Status renamed = rename_file(from, to); !renamed)
        return renamed;
    return sync_folder_of(to);
}

Status sync_file(const std::string& path) {
    FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file.valid() || ::fsync(file.number()) != 0)
        return system_error(errno, "sync " + path);
    return Done{};
}

Status sync_folder_of(const std::string& path) {
    const std::string folder = std::filesystem::path(path).parent_path().string();
    return sync_file(folder.empty() ? "." : folder);
}

Status remove_file(const std::string& path) {
    if (::unlink(path.c_str()) != 0 && errno != ENOENT)
        return system_error(errno, "remove " + path);
    return Done{};
}

Status remove_folder(const std::string& path) {
    if (::rmdir(path.c_str()) != 0)
        return system_error(errno, "remove folder " + path);
    return Done{};
}

Status set_mode(const std::string& path, unsigned mode) {
    if (::chmod(path.c_str(), mode) != 0)
        return system_error(errno, "set the mode of " + path);
    return Done{};
}

bool exists(const std::string& path) {
    struct stat status {};
    return ::lstat(path.c_str(), &status) == 0;
}

Result<std::uint64_t> file_size(const std::string& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0)
        return system_error(errno, "get the size of " + path);
    return static_cast<std::uint64_t>(status.st_size);
}

Result<std::uint64_t> free_bytes(const std::string& path) {
    struct statvfs status {};
    if (::statvfs(path.c_str(), &status) != 0)
        return system_error(errno, "get the free space at " + path);
    return static_cast<std::uint64_t>(status.f_bavail) * status.f_frsize;
}

Result<std::vector<std::string>> list_folder(const std::string& path) {
    std::error_code error;
    std::vector<std::string> names;
    std::filesystem::directory_iterator entry(path, error);
    for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error))
        names.push_back(entry->path().filename().string());
    if (error)
        return system_error(error.value(), "list " + path);
    std::sort(names.begin(), names.end());
    return names;
}

Result<FileDescriptor> lock_file(const std::string& path) {
    return lock_opened(FileDescriptor(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)), path);
}

Result<FileDescriptor> lock_existing_file(const std::string& path) {
    return lock_opened(FileDescriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC)), path);
}

std::int64_t wall_seconds() {
    return std::time(nullptr);
}

}  // namespace noodstop::platform
