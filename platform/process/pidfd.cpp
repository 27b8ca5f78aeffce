#include "platform/process/pidfd.hpp"

#include <climits>
#include <fmt/format.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cerrno>
#include <poll.h>
#include <unistd.h>

namespace noodstop::platform {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// The system calls themselves, because not every C library that the agent is built with wraps them.

Result<FileDescriptor> open_process(pid_t pid) {
    const long number = ::syscall(SYS_pidfd_open, pid, 0U);
    if (number < 0)
        return system_error(errno, fmt::format("open process {}", pid));
    return FileDescriptor(static_cast<int>(number));
}

Status send_signal(const FileDescriptor& process, int signal) {
    if (::syscall(SYS_pidfd_send_signal, process.number(), signal, nullptr, 0U) != 0)
        return system_error(errno, fmt::format("send signal {}", signal));
    return Done{};
}

Result<bool> wait_for_end(const FileDescriptor& process, milliseconds timeout) {
    const steady_clock::time_point until = steady_clock::now() + timeout;
    for (;;) {
        const milliseconds left = std::chrono::ceil<milliseconds>(until - steady_clock::now());
        pollfd wanted{process.number(), POLLIN, 0};
        const auto patience = std::clamp<milliseconds::rep>(left.count(), 0, INT_MAX);
        const int ready = ::poll(&wanted, 1, static_cast<int>(patience));
        if (ready > 0)
            return true;
        if (ready < 0 && errno != EINTR)
            return system_error(errno, "wait for a process");
        if (left.count() <= 0)
            return false;
    }
}

}  // namespace noodstop::platform
