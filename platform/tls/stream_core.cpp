#include "platform/tls/stream_core.hpp"

#include <boost/asio/buffer.hpp>

namespace noodstop::platform::tls {
namespace {

constexpr std::size_t receive_size = 16 * 1024;

StreamCore::Timer quiet_timer(const boost::asio::any_io_executor& executor) {
    return StreamCore::Timer(executor);
}

}  // namespace

StreamCore::StreamCore(Socket socket, Engine engine)
    : socket_(std::move(socket)),
      conversation_(std::move(engine)),
      signals_{quiet_timer(socket_.get_executor()), quiet_timer(socket_.get_executor()),
               quiet_timer(socket_.get_executor()), quiet_timer(socket_.get_executor())},
      deadline_(socket_.get_executor()),
      idleness_(socket_.get_executor()),
      last_moved_(std::chrono::steady_clock::now()) {
    ErrorCode error;
    socket_.non_blocking(true, error);
    if (error)
        conversation_.end(error);
}

void StreamCore::start(Operation operation, std::chrono::milliseconds deadline) {
    if (!conversation_.start(operation))
        return refuse(operation);
    signal(operation).expires_at(Timer::time_point::max());
    deadline_.expires_after(deadline);
    deadline_.async_wait([self = shared_from_this()](ErrorCode error) {
        const bool is_over = self->deadline_.expiry() <= std::chrono::steady_clock::now();
        if (!error && is_over)
            self->close(boost::asio::error::timed_out);
    });
}

void StreamCore::start_read(char* bytes, std::size_t size) {
    if (!conversation_.start_read(bytes, size))
        return refuse(Operation::read);
    signal(Operation::read).expires_at(Timer::time_point::max());
}

void StreamCore::start_write(std::string_view bytes) {
    if (!conversation_.start_write(bytes))
        return refuse(Operation::write);
    signal(Operation::write).expires_at(Timer::time_point::max());
}

// Two of one kind at once: what they do to each other can't be told, so the stream ends.
void StreamCore::refuse(Operation operation) {
    close(boost::asio::error::already_started);
    signal(operation).expires_at(Timer::time_point::min());
    results_[static_cast<std::size_t>(operation)] = Result{boost::asio::error::already_started, 0};
}

StreamCore::Result StreamCore::take_result(Operation operation) {
    auto& result = results_[static_cast<std::size_t>(operation)];
    if (!result) {
        conversation_.cancel(operation);
        drive();
    }
    const Result taken = result.value_or(Result{boost::asio::error::operation_aborted, 0});
    result.reset();
    return taken;
}

void StreamCore::drive() {
    for (;;) {
        const Action action = conversation_.next();
        switch (action.kind) {
            case Action::Kind::none:
                return;
            case Action::Kind::receive:
                receive();
                break;
            case Action::Kind::send:
                send();
                break;
            case Action::Kind::complete:
                finish(action);
                break;
        }
    }
}

void StreamCore::receive() {
    char bytes[receive_size];
    ErrorCode error;
    const std::size_t size = socket_.read_some(boost::asio::buffer(bytes), error);
    if (error == boost::asio::error::would_block)
        return receive_later();
    conversation_.received(error, {bytes, size});
}

void StreamCore::receive_later() {
    socket_.async_wait(Socket::wait_read, [self = shared_from_this()](ErrorCode error) {
        if (error)
            self->conversation_.received(error, {});
        else
            self->receive();
        self->drive();
    });
}

void StreamCore::send() {
    ErrorCode error;
    const std::size_t size = socket_.write_some(boost::asio::buffer(conversation_.output()), error);
    if (error == boost::asio::error::would_block)
        return send_later();
    if (size > 0)
        last_moved_ = std::chrono::steady_clock::now();
    conversation_.sent(error, size);
}

void StreamCore::send_later() {
    socket_.async_wait(Socket::wait_write, [self = shared_from_this()](ErrorCode error) {
        if (error)
            self->conversation_.sent(error, 0);
        else
            self->send();
        self->drive();
    });
}

void StreamCore::finish(const Action& action) {
    results_[static_cast<std::size_t>(action.operation)] = Result{action.error, action.size};
    signal(action.operation).cancel();
    switch (action.operation) {
        case Operation::handshake:
            deadline_.cancel();
            break;
        case Operation::shutdown: {
            deadline_.cancel();
            ErrorCode ignored;  // the other end may have closed meanwhile
            if (!action.error)
                socket_.shutdown(Socket::shutdown_send, ignored);
            break;
        }
        case Operation::read:
            if (action.size > 0)
                last_moved_ = std::chrono::steady_clock::now();
            break;
        case Operation::write:
            std::string().swap(gathered_);
            break;
    }
}

void StreamCore::close(const ErrorCode& error) {
    conversation_.end(error);
    deadline_.cancel();
    idleness_.cancel();
    ErrorCode ignored;  // nothing is left to do with a socket that doesn't close well
    socket_.close(ignored);
    drive();
}

void StreamCore::close_when_idle(std::chrono::milliseconds deadline) {
    idle_deadline_ = deadline;
    last_moved_ = std::chrono::steady_clock::now();
    watch_idleness();
}

void StreamCore::watch_idleness() {
    idleness_.expires_at(last_moved_ + idle_deadline_);
    // Weak: a stream that nobody holds any more isn't kept alive by its own idleness.
    idleness_.async_wait([weak = weak_from_this()](ErrorCode error) {
        const auto self = weak.lock();
        if (error || !self || self->conversation_.is_over())
            return;
        if (std::chrono::steady_clock::now() - self->last_moved_ >= self->idle_deadline_)
            self->close(boost::asio::error::timed_out);
        else
            self->watch_idleness();
    });
}

}  // namespace noodstop::platform::tls
