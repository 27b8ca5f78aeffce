#include "agent/run/process_lock.hpp"

#include "platform/process/pidfd.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <csignal>
#include <fcntl.h>

namespace noodstop::run {
namespace {

using platform::FileDescriptor;
using platform::Result;
using platform::Status;

constexpr std::chrono::milliseconds kill_patience{5000};

struct flock whole_file() {
    struct flock lock {};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    return lock;
}

pid_t holder_of(int file) {
    struct flock lock = whole_file();
    if (::fcntl(file, F_GETLK, &lock) != 0 || lock.l_type == F_UNLCK)
        return 0;
    return lock.l_pid;
}

}  // namespace

LockOutcome take_process_lock(const std::string& path) {
    FileDescriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (!file.valid())
        return {.problem = platform::system_error(errno, "open lock " + path).message};
    struct flock lock = whole_file();
    if (::fcntl(file.number(), F_SETLK, &lock) == 0)
        return {.lock = std::move(file)};
    if (errno != EAGAIN && errno != EACCES)
        return {.problem = platform::system_error(errno, "lock " + path).message};
    const pid_t holder = holder_of(file.number());
    return holder > 0 ? LockOutcome{.holder = holder} : LockOutcome{.holder = -1};
}

pid_t lock_holder(const std::string& path) {
    const FileDescriptor file(::open(path.c_str(), O_RDWR | O_CLOEXEC));
    return file.valid() ? holder_of(file.number()) : 0;
}

Status end_lock_holder(const std::string& path, std::chrono::milliseconds patience) {
    const pid_t holder = lock_holder(path);
    if (holder <= 0)
        return platform::Done{};
    const Result<FileDescriptor> process = platform::open_process(holder);
    if (!process || lock_holder(path) != holder)
        return platform::Done{};  // it ended meanwhile
    for (const auto& [signal, wait] : {std::pair{SIGTERM, patience}, std::pair{SIGKILL, kill_patience}}) {
        if (const Status sent = platform::send_signal(*process, signal); !sent && sent.error().number != ESRCH)
            return sent.error();
        const Result<bool> ended = platform::wait_for_end(*process, wait);
        if (!ended || *ended)
            return ended ? Status(platform::Done{}) : Status(ended.error());
    }
    return platform::Error{ETIMEDOUT, fmt::format("process {} holds {} and can't be ended", holder, path)};
}

}  // namespace noodstop::run
