// One connection of the HTTP server. Only server.cpp includes it: Beast compiles slowly.
#pragma once

#include "platform/http/beast_text.hpp"
#include "platform/http/server.hpp"

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>

#include <deque>
#include <poll.h>
#include <set>

namespace noodstop::platform::http_server {

namespace asio = boost::asio;
using Socket = asio::local::stream_protocol::socket;

inline constexpr std::size_t read_buffer_max = 64 * 1024;

class Connection;

// What connections share.
struct Shared {
    Shared(HttpLimits given_limits, HttpHandler given_handler)
        : limits(given_limits), handler(std::move(given_handler)) {}
    HttpLimits limits;
    HttpHandler handler;
    std::set<std::shared_ptr<Connection>> connections;
};

enum class Phase {
    reading,    // a request is awaited or read
    answering,  // the handler has it
    sending,    // the response goes out
    streaming,  // chunks go out
    closed,
};

// One connection: reads a request, has it answered, reads the next. Handlers of operations hold it.
class Connection : public std::enable_shared_from_this<Connection> {
public:
    Connection(Socket socket, PeerCredentials peer, const std::shared_ptr<Shared>& shared)
        : socket_(std::move(socket)),
          timer_(socket_.get_executor()),
          peer_(peer),
          shared_(shared),
          buffer_(read_buffer_max) {}

    void start() { await_request(); }

    void close() {
        if (phase_ == Phase::closed)
            return;
        const bool unfinished = phase_ == Phase::answering || phase_ == Phase::sending || phase_ == Phase::streaming;
        phase_ = Phase::closed;
        ErrorCode ignored;
        timer_.cancel();
        socket_.close(ignored);
        if (const auto shared = shared_.lock())
            shared->connections.erase(shared_from_this());
        const auto gone = std::exchange(gone_, {});
        if (unfinished && gone)
            gone();
    }

    void respond(HttpResponse response) {
        if (phase_ != Phase::answering)
            return;
        http::response<http::string_body> message;
        copy_head(response, message);
        message.body() = std::move(response.body);
        message.keep_alive(keep_alive_);
        message.prepare_payload();
        respond_with(std::move(message));
    }

    void begin_stream(HttpResponse head) {
        if (phase_ != Phase::answering)
            return;
        http::response<http::empty_body> message;
        copy_head(head, message);
        message.chunked(true);
        message.keep_alive(false);
        std::ostringstream text;
        text << message.base();
        phase_ = Phase::streaming;
        close_never();
        enqueue(text.str());
    }

    bool send_chunk(std::string chunk) {
        if (phase_ != Phase::streaming || is_ending_ || unsent_ > limits().unsent_bytes_max)
            return false;
        if (!chunk.empty())  // an empty one would end the stream
            enqueue(chunk_of(chunk));
        return true;
    }

    void end_stream() {
        if (phase_ != Phase::streaming || is_ending_)
            return;
        is_ending_ = true;
        enqueue(last_chunk());
    }

    bool is_open() const { return phase_ == Phase::answering || (phase_ == Phase::streaming && !is_ending_); }
    void when_gone(std::function<void()> gone) { gone_ = std::move(gone); }
    std::uint64_t request_number() const { return request_number_; }
    const PeerCredentials& peer() const { return peer_; }
    int socket() const { return phase_ == Phase::closed ? -1 : const_cast<Socket&>(socket_).native_handle(); }

private:
    HttpLimits limits() const {
        const auto shared = shared_.lock();
        return shared ? shared->limits : HttpLimits{};
    }

    void close_after(std::chrono::milliseconds time) {
        timer_.expires_after(time);
        timer_.async_wait([self = shared_from_this()](ErrorCode error) {
            const bool is_over = self->timer_.expiry() <= std::chrono::steady_clock::now();
            if (!error && is_over)
                self->close();
        });
    }

    void close_never() { timer_.expires_at(asio::steady_timer::time_point::max()); }

    // Waits for the first byte of the next request; a client may keep the connection for a while.
    void await_request() {
        phase_ = Phase::reading;
        wants_request_ = false;
        if (buffer_.size() > 0)
            return read_header();
        close_after(limits().idle_deadline);
        socket_.async_wait(Socket::wait_read, [self = shared_from_this()](ErrorCode error) {
            if (error)
                return self->close();
            self->read_header();
        });
    }

    void read_header() {
        if (phase_ == Phase::closed)
            return;
        parser_.emplace();
        parser_->header_limit(limits().header_size_max);
        parser_->body_limit(limits().body_size_max);
        close_after(limits().read_deadline);
        http::async_read(socket_, buffer_, *parser_,
                         [self = shared_from_this()](ErrorCode error, std::size_t) { self->was_read(error); });
    }

    void was_read(const ErrorCode& error) {
        if (phase_ == Phase::closed)
            return;
        const bool is_from_parser = error.category() == make_error_code(http::error::bad_method).category();
        if (error && (!is_from_parser || error == http::error::end_of_stream || error == http::error::partial_message))
            return close();
        phase_ = Phase::answering;
        ++request_number_;
        close_after(limits().answer_deadline);
        if (error)
            return refuse(error);
        // The answer to HEAD must have no body, which only the end of the connection makes harmless here.
        keep_alive_ = parser_->keep_alive() && parser_->get().method() != http::verb::head;
        hand_over(plain(parser_->release()));
    }

    void hand_over(HttpRequest request);

    void refuse(const ErrorCode& error) {
        keep_alive_ = false;
        respond({status_for(error), {{"Content-Type", "text/plain"}}, error.message() + "\n"});
    }

    // Gone for good: a client that has only ended its sending still waits for the answer.
    bool is_client_gone() {
        pollfd state{socket_.native_handle(), 0, 0};
        return ::poll(&state, 1, 0) == 1 && (state.revents & (POLLHUP | POLLERR)) != 0;
    }

    // While an answer is made, the client may go: then the work for it can end.
    void watch_for_end() {
        if (std::exchange(is_watching_, true))
            return;
        socket_.async_wait(Socket::wait_read, [self = shared_from_this()](ErrorCode error) {
            self->is_watching_ = false;
            if (self->phase_ == Phase::closed)
                return;
            if ((error || self->is_client_gone()) && self->phase_ != Phase::reading)
                self->close();
            else if (self->wants_request_)
                self->await_request();
            else if (self->phase_ == Phase::streaming)
                self->watch_for_hang_up();
        });
    }

    // One that has ended its sending, or sent more, can still go. On a stream that is quiet only this shows it. A
    // stream is the last answer of its connection: this is done once.
    void watch_for_hang_up() {
        socket_.async_wait(Socket::wait_error, [self = shared_from_this()](ErrorCode error) {
            if (self->phase_ != Phase::closed && (error || self->is_client_gone()))
                self->close();
        });
    }

    void respond_with(http::response<http::string_body> message) {
        phase_ = Phase::sending;
        close_after(limits().write_deadline);
        response_ = std::move(message);
        http::async_write(socket_, response_, [self = shared_from_this()](ErrorCode error, std::size_t) {
            if (error || !self->keep_alive_)
                return self->close();
            self->next_request();
        });
    }

    void next_request() {
        if (phase_ == Phase::closed)
            return;
        gone_ = {};
        phase_ = Phase::reading;
        // The wait that is under way serves for the next request too, unless that was read along with the last one.
        wants_request_ = is_watching_ && buffer_.size() == 0;
        if (wants_request_)
            return close_after(limits().idle_deadline);
        await_request();
    }

    void enqueue(std::string bytes) {
        unsent_ += bytes.size();
        chunks_.push_back(std::move(bytes));
        if (chunks_.size() == 1)
            write_chunk();
    }

    void write_chunk() {
        close_after(limits().write_deadline);
        asio::async_write(socket_, asio::buffer(chunks_.front()),
                          [self = shared_from_this()](ErrorCode error, std::size_t) { self->chunk_written(error); });
    }

    void chunk_written(const ErrorCode& error) {
        if (phase_ == Phase::closed)
            return;
        unsent_ -= chunks_.front().size();
        chunks_.pop_front();
        if (error || (chunks_.empty() && is_ending_))
            return finish_stream(error);
        if (!chunks_.empty())
            return write_chunk();
        close_never();
    }

    void finish_stream(const ErrorCode& error) {
        if (!error)
            gone_ = {};
        close();
    }

    Socket socket_;
    asio::steady_timer timer_;
    PeerCredentials peer_;
    std::weak_ptr<Shared> shared_;
    boost::beast::flat_buffer buffer_;
    std::optional<http::request_parser<http::string_body>> parser_;
    http::response<http::string_body> response_;
    std::deque<std::string> chunks_;
    std::size_t unsent_ = 0;
    std::uint64_t request_number_ = 0;
    std::function<void()> gone_;
    Phase phase_ = Phase::reading;
    bool keep_alive_ = false;
    bool is_ending_ = false;
    bool is_watching_ = false;
    bool wants_request_ = false;
};

// The answer to one request of a connection; inert as soon as the connection has gone on to the next.
class Exchange : public HttpExchange {
public:
    explicit Exchange(std::shared_ptr<Connection> connection)
        : connection_(std::move(connection)), number_(connection_->request_number()) {}

    void respond(HttpResponse response) override {
        if (is_current())
            connection_->respond(std::move(response));
    }
    void begin_stream(HttpResponse head) override {
        if (is_current())
            connection_->begin_stream(std::move(head));
    }
    bool send_chunk(std::string chunk) override { return is_current() && connection_->send_chunk(std::move(chunk)); }
    void end_stream() override {
        if (is_current())
            connection_->end_stream();
    }
    bool is_open() const override { return is_current() && connection_->is_open(); }
    void when_gone(std::function<void()> gone) override {
        if (is_current())
            connection_->when_gone(std::move(gone));
    }
    const PeerCredentials& peer() const override { return connection_->peer(); }
    int socket() const override { return is_current() ? connection_->socket() : -1; }

private:
    bool is_current() const { return connection_->request_number() == number_; }

    std::shared_ptr<Connection> connection_;
    std::uint64_t number_;
};

inline void Connection::hand_over(HttpRequest request) {
    watch_for_end();
    if (const auto shared = shared_.lock())
        shared->handler(std::move(request), std::make_shared<Exchange>(shared_from_this()));
}

}  // namespace noodstop::platform::http_server
