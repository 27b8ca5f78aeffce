#include "agent/run/path_control.hpp"

#include "agent/run/log.hpp"
#include "agent/run/policy_file.hpp"
#include "platform/file/file.hpp"
#include "platform/process/proc_text.hpp"

#include <array>
#include <cerrno>
#include <cstddef>
#include <exception>
#include <fcntl.h>
#include <utility>

namespace noodstop::run {
namespace {

constexpr std::size_t descriptors_needed = 8;  // by a look and a stop at the same time, with some to spare

// Where the whole machine has none left (ENFILE), another path would have none either.
bool has_free_descriptors(int any_open) {
    std::array<platform::FileDescriptor, descriptors_needed> probes;
    for (platform::FileDescriptor& probe : probes) {
        probe = platform::FileDescriptor(::fcntl(any_open, F_DUPFD_CLOEXEC, 0));
        if (!probe.valid())
            return errno != EMFILE;
    }
    return true;
}

}  // namespace

PathControl::PathControl(boost::asio::io_context& io, int socket, ControlHandlers handlers)
    : socket_(io, socket), handlers_(std::move(handlers)) {
    await();
}

void PathControl::turned() {
    const auto now = std::chrono::steady_clock::now();
    if (!socket_.is_open() || (told_at_ && now - *told_at_ < alive_interval))
        return;
    // Without descriptors it can neither look nor stop anything: it is not alive, and the supervisor starts another.
    if (!has_free_descriptors(socket_.native_handle()))
        return;
    const ControlKind kind = told_at_ ? ControlKind::alive : ControlKind::ready;
    // A full socket means that the supervisor doesn't read; what it doesn't read now it needn't.
    if (send_control(socket_.native_handle(), {.kind = kind}))
        told_at_ = now;
}

void PathControl::accepted(const core::Policy& policy) {
    if (!socket_.is_open())
        return;
    auto file = make_policy_file(policy);
    const platform::Status sent =
        file ? send_control(socket_.native_handle(), {.kind = ControlKind::policy, .file = std::move(*file)})
             : platform::Status(file.error());
    if (!sent)
        log_warning("the supervisor would start the path again with the earlier configuration: " +
                    sent.error().message);
}

void PathControl::await() {
    socket_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                       [this](const boost::system::error_code& aborted) {
                           if (aborted)
                               return;
                           bool open = true;
                           try {
                               open = take_waiting();
                           } catch (const std::exception& fault) {
                               log_warning(std::string("a message of the supervisor was lost: ") + fault.what());
                           }
                           if (open)
                               await();
                       });
}

// False once the supervisor is gone.
bool PathControl::take_waiting() {
    for (;;) {
        ControlReceived received = receive_control(socket_.native_handle());
        if (received.closed) {
            socket_.close();
            handlers_.closed();
            return false;
        }
        if (!received.message)
            return true;
        take(std::move(*received.message));
    }
}

// A number that can't be read is no reason to leave people without status; only the provider's check misses it.
void PathControl::take_doors_link(ControlMessage& message) {
    if (!message.file.valid())
        return;
    const auto doors = platform::parse_number(message.text);
    handlers_.doors_link(message.file.release(), doors ? static_cast<int>(*doors) : 0);
}

void PathControl::take(ControlMessage message) {
    switch (message.kind) {
        case ControlKind::doors_link:
            take_doors_link(message);
            break;
        case ControlKind::child_ended:
            handlers_.child_ended(message.text);
            break;
        case ControlKind::ready:
        case ControlKind::alive:
        case ControlKind::policy:
            break;  // ours to say
    }
}

}  // namespace noodstop::run
