#include "platform/tls/newcomer.hpp"

#include "platform/result.hpp"
#include "platform/tls/first_record.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <poll.h>

namespace noodstop::platform::tls {
namespace {

Status wake_when(int socket, std::size_t bytes_are_there) {
    const int size = static_cast<int>(bytes_are_there);
    if (::setsockopt(socket, SOL_SOCKET, SO_RCVLOWAT, &size, sizeof size) != 0)
        return system_error(errno, "wait for a TLS hello");
    return Done{};
}

}  // namespace

void Newcomer::start(std::chrono::milliseconds deadline) {
    give_up_at_ = std::chrono::steady_clock::now() + deadline;
    timer_.expires_at(give_up_at_);
    timer_.async_wait([self = shared_from_this()](ErrorCode error) {
        if (!error)
            self->refuse(Refusal::too_late);
    });
    wait_for(record_head_size);
}

// The kernel wakes us when so much is there: a hello that trickles in costs no memory of ours and no time.
void Newcomer::wait_for(std::size_t size) {
    if (Status status = wake_when(socket_.native_handle(), size); !status)
        return refuse(Refusal::handshake, status.error().message);
    socket_.async_wait(Socket::wait_read, [self = shared_from_this()](ErrorCode error) {
        if (self->is_over_)
            return;
        if (error)
            self->refuse(Refusal::handshake, error.message());
        else
            self->look();
    });
}

void Newcomer::look() {
    char beginning[record_head_size + 16 * 1024];
    const ssize_t count = ::recv(socket_.native_handle(), beginning, sizeof beginning, MSG_PEEK | MSG_DONTWAIT);
    if (count < 0 && errno != EAGAIN && errno != EINTR)
        return refuse(Refusal::handshake, system_error(errno, "read a TLS hello").message);
    const std::size_t size = count < 0 ? 0 : static_cast<std::size_t>(count);
    const auto needed = first_record_size({beginning, size});
    if (!needed)
        return refuse(Refusal::no_tls, "what came first is no TLS. Cure: connect with https or another TLS client");
    if (size >= *needed && size > record_head_size)
        return shake_hands();
    if (has_ended())
        return refuse(Refusal::handshake, "the other end closed the connection without a TLS hello");
    wait_for(*needed);
}

bool Newcomer::has_ended() {
    pollfd state{socket_.native_handle(), POLLRDHUP, 0};
    return ::poll(&state, 1, 0) > 0 && (state.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

void Newcomer::shake_hands() {
    const auto host = host_.lock();
    if (!host)
        return end();
    const auto now = std::chrono::steady_clock::now();
    if (const auto refusal = host->admission().begin_handshake(place_->visitor(), now))
        return refuse(*refusal);
    if (Status status = wake_when(socket_.native_handle(), 1); !status)
        return refuse(Refusal::handshake, status.error().message);
    timer_.cancel();
    stream_ = std::make_unique<Stream>(std::move(socket_), Engine(host->context()));
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(give_up_at_ - now);
    stream_->async_handshake(std::max(left, std::chrono::milliseconds(0)),
                             [self = shared_from_this()](ErrorCode error) {
                                 if (!self->is_over_)
                                     self->was_shaken(error);
                             });
}

void Newcomer::was_shaken(const ErrorCode& error) {
    const auto host = host_.lock();
    if (!host)
        return end();
    if (error == boost::asio::error::timed_out)
        return refuse(Refusal::too_late);
    const bool is_certificate = error == make_error_code(TlsError::certificate_refused);
    if (error)
        return refuse(is_certificate ? Refusal::certificate : Refusal::handshake,
                      stream_->problem().empty() ? error.message() : stream_->problem());
    const Admission::Visitor visitor = place_->visitor();
    if (const auto refusal = host->admission().open(visitor))
        return refuse(*refusal);
    stream_->keep(place_);
    auto stream = std::move(stream_);
    end();
    host->has_opened(visitor, std::move(stream));
}

void Newcomer::refuse(Refusal refusal, const std::string& why) {
    if (is_over_)
        return;
    const Admission::Visitor visitor = place_->visitor();
    end();
    if (const auto host = host_.lock())
        host->was_refused(visitor, refusal, why);
}

void Newcomer::end() {
    is_over_ = true;
    ErrorCode ignored;  // nothing is left to do with a socket that doesn't close well
    socket_.close(ignored);
    stream_.reset();
    timer_.cancel();
    place_.reset();
}

}  // namespace noodstop::platform::tls
