#include "platform/http/connection.hpp"

#include "platform/http/message_text.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/steady_timer.hpp>

#include <array>
#include <deque>
#include <optional>

namespace noodstop::platform {
namespace {

namespace asio = boost::asio;
using ErrorCode = boost::system::error_code;

constexpr std::size_t read_size = 16 * 1024;
constexpr std::size_t pending_bytes_max = 64 * 1024;  // read while an answer is made
constexpr std::string_view http2_beginning = "PRI * HTTP/2.0\r\n";

enum class Phase {
    reading,    // a request is awaited or read
    answering,  // the handler has it
    sending,    // the response goes out
    streaming,  // chunks go out
    lingering,  // all is said: the other end may read it and close
    closed,
};

// Reads a request, has it answered, reads the next. Handlers of operations hold it.
class Http1Connection : public OpenConnection, public std::enable_shared_from_this<Http1Connection> {
public:
    Http1Connection(ConnectionPlace place, const std::shared_ptr<HttpShared>& shared)
        : shared_(shared),
          stream_(std::move(place.stream)),
          slot_(std::move(place.slot)),
          pending_(std::move(place.first_bytes)),
          closed_(std::move(place.closed)),
          timer_(stream_->executor()),
          peer_(stream_->peer()) {}

    void start() override {
        await_request();
        advance();
    }

    void close() override {
        if (phase_ == Phase::closed)
            return;
        const auto self = shared_from_this();
        const bool unfinished = phase_ == Phase::answering || phase_ == Phase::sending || phase_ == Phase::streaming;
        end();
        const auto gone = std::exchange(gone_, {});
        room_ = {};
        if (unfinished && gone)
            gone();
    }

    void shut_down() override {
        keep_alive_ = false;
        is_stopping_ = true;
        if (phase_ == Phase::reading)
            close();
    }

    void respond(const HttpResponse& response) {
        if (phase_ != Phase::answering)
            return;
        phase_ = Phase::sending;
        write(response_text(response, keep_alive_));
    }

    void begin_stream(const HttpResponse& head) {
        if (phase_ != Phase::answering)
            return;
        phase_ = Phase::streaming;
        keep_alive_ = false;
        close_never();
        write(stream_head_text(head));
    }

    bool send_chunk(const std::string& chunk) {
        if (!has_room())
            return false;
        if (!chunk.empty())  // an empty one would end the stream
            write(chunk_text(chunk));
        return true;
    }

    void end_stream(const std::string& last_chunk) {
        if (phase_ != Phase::streaming || is_ending_)
            return;
        is_ending_ = true;
        write((last_chunk.empty() ? std::string() : chunk_text(last_chunk)) + last_chunk_text());
    }

    bool has_room() const {
        return phase_ == Phase::streaming && !is_ending_ && unsent_ <= shared_->limits.unsent_bytes_max;
    }
    bool is_open() const { return phase_ == Phase::answering || (phase_ == Phase::streaming && !is_ending_); }
    void when_gone(std::function<void()> gone) { gone_ = std::move(gone); }
    void when_room(std::function<void()> room) { room_ = std::move(room); }
    std::uint64_t request_number() const { return request_number_; }
    const Peer& peer() const { return peer_; }
    int socket() const { return stream_ ? stream_->native_handle() : -1; }

private:
    void end() {
        phase_ = Phase::closed;
        timer_.cancel();
        slot_.reset();
        if (stream_)
            stream_->close();
        if (const auto closed = std::exchange(closed_, {}))
            closed(*this);
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

    void await_request() {
        phase_ = Phase::reading;
        reader_.emplace(HttpMessageLimits{shared_->limits.header_size_max, shared_->limits.body_size_max});
        has_begun_ = false;
        close_after(shared_->limits.idle_deadline);
    }

    // One read is always under way, so that it is noticed when the other end goes, unless it has sent so much that it
    // must wait.
    void read() {
        if (is_reading_ || has_ended_ || phase_ == Phase::closed)
            return;
        if (pending_.size() >= pending_bytes_max)
            return watch_for_hang_up();
        is_reading_ = true;
        stream_->async_read_some(asio::buffer(read_buffer_),
                                 [self = shared_from_this()](ErrorCode error, std::size_t size) {
                                     self->is_reading_ = false;
                                     self->was_read(error, size);
                                 });
    }

    void was_read(const ErrorCode& error, std::size_t size) {
        if (phase_ == Phase::closed)
            return;
        if (error == asio::error::eof)
            return other_end_is_silent();
        if (error)
            return close();
        if (phase_ == Phase::lingering)
            return read();
        pending_.append(read_buffer_.data(), size);
        advance();
    }

    // The other end has ended its sending; it may still wait for an answer.
    void other_end_is_silent() {
        has_ended_ = true;
        if (phase_ == Phase::reading || phase_ == Phase::lingering)
            return close();
        watch_for_hang_up();
    }

    void watch_for_hang_up() {
        if (!std::exchange(is_watching_, true))
            stream_->async_wait_for_hang_up([self = shared_from_this()](ErrorCode) { self->close(); });
    }

    void advance() {
        if (phase_ == Phase::reading && !pending_.empty()) {
            if (may_become_http2())
                return pending_.size() >= http2_beginning.size() ? become_http2() : read();
            read_request();
        }
        read();
    }

    bool may_become_http2() const {
        const std::size_t size = std::min(pending_.size(), http2_beginning.size());
        return shared_->turn_to_http2 && request_number_ == 0 && stream_->application_protocol().empty() &&
               std::string_view(pending_).substr(0, size) == http2_beginning.substr(0, size);
    }

    void become_http2() {
        phase_ = Phase::closed;
        timer_.cancel();
        ConnectionPlace place{std::move(stream_), std::move(*slot_), std::move(pending_), closed_};
        slot_.reset();
        const auto closed = std::exchange(closed_, {});
        shared_->turn_to_http2(std::move(place));
        closed(*this);
    }

    void read_request() {
        if (!std::exchange(has_begun_, true))
            close_after(shared_->limits.read_deadline);
        const ReadState state = reader_->put(pending_);
        if (state == ReadState::wants_more)
            return has_ended_ ? close() : void();
        phase_ = Phase::answering;
        ++request_number_;
        close_after(shared_->limits.answer_deadline);
        if (state == ReadState::refused) {
            keep_alive_ = false;
            return respond(reader_->refusal());
        }
        keep_alive_ = reader_->keeps_alive() && !is_stopping_;
        hand_over(reader_->take_request());
    }

    void hand_over(HttpRequest request);

    void write(std::string bytes) {
        unsent_ += bytes.size();
        unwritten_.push_back(std::move(bytes));
        if (unwritten_.size() == 1)
            write_front();
    }

    void write_front() {
        close_after(shared_->limits.write_deadline);
        write_some();
    }

    void write_some() {
        const std::string& bytes = unwritten_.front();
        stream_->async_write_some(
            asio::buffer(bytes.data() + written_, bytes.size() - written_),
            [self = shared_from_this()](ErrorCode error, std::size_t size) { self->was_written(error, size); });
    }

    void was_written(const ErrorCode& error, std::size_t size) {
        if (phase_ == Phase::closed)
            return;
        if (error)
            return close();
        written_ += size;
        if (written_ < unwritten_.front().size())
            return write_some();
        unsent_ -= std::exchange(written_, 0);
        unwritten_.pop_front();
        if (!unwritten_.empty())
            write_front();
        else if (phase_ == Phase::sending || is_ending_)
            return answered();
        else
            close_never();
        tell_room();
    }

    void tell_room() {
        if (has_room())
            if (const auto room = std::exchange(room_, {}))
                room();
    }

    void answered() {
        gone_ = {};
        room_ = {};
        if (!keep_alive_)
            return linger();
        await_request();
        advance();
        if (phase_ == Phase::reading && has_ended_)
            close();
    }

    // What was sent last would be lost if the socket were closed while something unread lies in it.
    void linger() {
        if (has_ended_)
            return close();
        phase_ = Phase::lingering;
        pending_.clear();
        close_after(shared_->limits.linger_deadline);
        stream_->async_shutdown([self = shared_from_this()](ErrorCode error) {
            if (error && self->phase_ == Phase::lingering)
                self->close();
        });
        read();
    }

    std::shared_ptr<HttpShared> shared_;
    std::unique_ptr<ByteStream> stream_;
    std::optional<ConnectionSlot> slot_;
    std::string pending_;  // read and not yet used
    std::function<void(const OpenConnection&)> closed_;
    asio::steady_timer timer_;
    Peer peer_;
    std::array<char, read_size> read_buffer_;
    std::optional<HttpRequestReader> reader_;
    std::deque<std::string> unwritten_;
    std::size_t written_ = 0;  // of the front
    std::size_t unsent_ = 0;
    std::uint64_t request_number_ = 0;
    std::function<void()> gone_;
    std::function<void()> room_;
    Phase phase_ = Phase::reading;
    bool has_begun_ = false;  // the request
    bool has_ended_ = false;  // the other end's sending
    bool keep_alive_ = false;
    bool is_ending_ = false;
    bool is_reading_ = false;
    bool is_stopping_ = false;
    bool is_watching_ = false;
};

// The answer to one request of a connection; inert as soon as the connection has gone on to the next.
class Http1Exchange : public HttpExchange {
public:
    explicit Http1Exchange(std::shared_ptr<Http1Connection> connection)
        : connection_(std::move(connection)), number_(connection_->request_number()) {}

    void read_body(BodyReader) override {}  // it came whole
    void allow_slow_body() override {}
    void respond(HttpResponse response) override {
        if (is_current())
            connection_->respond(response);
    }
    void begin_stream(HttpResponse head) override {
        if (is_current())
            connection_->begin_stream(head);
    }
    bool send_chunk(std::string chunk) override { return is_current() && connection_->send_chunk(chunk); }
    void end_stream(HttpStreamEnd end) override {
        if (is_current())
            connection_->end_stream(end.last_chunk);
    }
    bool has_room() const override { return is_current() && connection_->has_room(); }
    void when_room(std::function<void()> room) override {
        if (is_current())
            connection_->when_room(std::move(room));
    }
    bool is_open() const override { return is_current() && connection_->is_open(); }
    void when_gone(std::function<void()> gone) override {
        if (is_current())
            connection_->when_gone(std::move(gone));
    }
    const Peer& peer() const override { return connection_->peer(); }
    int socket() const override { return is_current() ? connection_->socket() : -1; }

private:
    bool is_current() const { return connection_->request_number() == number_; }

    std::shared_ptr<Http1Connection> connection_;
    std::uint64_t number_;
};

void Http1Connection::hand_over(HttpRequest request) {
    shared_->handler(std::move(request), std::make_shared<Http1Exchange>(shared_from_this()));
}

}  // namespace

std::shared_ptr<OpenConnection> make_http1(ConnectionPlace place, const std::shared_ptr<HttpShared>& shared) {
    return std::make_shared<Http1Connection>(std::move(place), shared);
}

}  // namespace noodstop::platform
