#include "platform/tls/checked_file.hpp"

#include "platform/file/file.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <fcntl.h>
#include <unistd.h>

namespace noodstop::platform::tls {
namespace {

Status check_state(const std::string& path, const struct stat& state, Secrecy secrecy) {
    if (!S_ISREG(state.st_mode))
        return Error{EINVAL, fmt::format("{} is no plain file. Cure: name the PEM file itself", path)};
    if (state.st_uid != 0 && state.st_uid != ::geteuid())
        return Error{EPERM, fmt::format("{} belongs to user {}, who could exchange it. Cure: chown root {}", path,
                                        state.st_uid, path)};
    if ((state.st_mode & (S_IWGRP | S_IWOTH)) != 0)
        return Error{EPERM, fmt::format("{} can be written by others. Cure: chmod go-w {}", path, path)};
    if (secrecy == Secrecy::secret && (state.st_mode & S_IRWXO) != 0)
        return Error{EPERM, fmt::format("{} holds a key and can be read by anybody. Cure: chmod o-rwx {}, and take it "
                                        "for known: make a new key",
                                        path, path)};
    return Done{};
}

}  // namespace

Result<std::string> read_checked_file(const std::string& path, Secrecy secrecy, std::size_t size_max) {
    // Without blocking: a pipe in the file's place must not hang us.
    const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    struct stat state {};
    if (!file.valid() || ::fstat(file.number(), &state) != 0)
        return system_error(errno, "open " + path);
    if (Status status = check_state(path, state, secrecy); !status)
        return status.error();
    std::string content(size_max + 1, '\0');
    std::size_t size = 0;
    while (size < content.size()) {
        const ssize_t count = ::read(file.number(), content.data() + size, content.size() - size);
        if (count < 0 && errno != EINTR)
            return system_error(errno, "read " + path);
        if (count == 0)
            break;
        if (count > 0)
            size += static_cast<std::size_t>(count);
    }
    if (size > size_max)
        return Error{EFBIG, fmt::format("{} is longer than {} bytes. Cure: name the PEM file itself", path, size_max)};
    content.resize(size);
    return content;
}

}  // namespace noodstop::platform::tls
