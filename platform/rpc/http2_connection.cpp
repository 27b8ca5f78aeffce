#include "platform/rpc/http2_connection.hpp"

#include "platform/rpc/http2_session.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <array>
#include <map>
#include <optional>

namespace noodstop::platform {
namespace {

namespace asio = boost::asio;
using ErrorCode = boost::system::error_code;
using Clock = std::chrono::steady_clock;

constexpr std::size_t read_size = 16 * 1024;

// What the handler of one stream waits for.
struct Waiting {
    HttpExchange::BodyReader body;
    std::function<void()> room;
    std::function<void()> gone;
};

class Http2Connection : public OpenConnection, public std::enable_shared_from_this<Http2Connection> {
public:
    Http2Connection(ConnectionPlace place, const Http2Limits& limits, HttpHandler handler)
        : limits_(limits),
          handler_(std::move(handler)),
          stream_(std::move(place.stream)),
          slot_(std::move(place.slot)),
          first_bytes_(std::move(place.first_bytes)),
          closed_(std::move(place.closed)),
          timer_(stream_->executor()),
          write_timer_(stream_->executor()),
          session_(limits, Clock::now()) {}

    void start() override {
        session_.receive(std::exchange(first_bytes_, {}), Clock::now());
        read();
        settle();
    }

    void close() override {
        if (std::exchange(is_closed_, true))
            return;
        const auto self = shared_from_this();
        timer_.cancel();
        write_timer_.cancel();
        slot_.reset();
        stream_->close();
        if (const auto closed = std::exchange(closed_, {}))
            closed(*this);
        for (auto& [id, waiting] : std::exchange(waiting_, {}))
            if (waiting.gone)
                waiting.gone();
    }

    void shut_down() override {
        session_.shut_down();
        wake();
    }

    Http2ServerSession& session() { return session_; }
    bool is_closed() const { return is_closed_; }
    const Peer& peer() const { return stream_->peer(); }
    int socket() const { return is_closed_ ? -1 : stream_->native_handle(); }

    Waiting* waiting_on(Http2StreamId id) {
        const auto found = waiting_.find(id);
        return found == waiting_.end() ? nullptr : &found->second;
    }

    void read_body(Http2StreamId id, HttpExchange::BodyReader reader) {
        Waiting* waiting = waiting_on(id);
        if (waiting == nullptr)
            return;
        waiting->body = std::move(reader);
        give_body(id);
        wake();
    }

    void answer_ended(Http2StreamId id) {
        const auto over = waiting_.extract(id);  // released when this is done
        wake();
    }

    // After the session was given something to do outside of settle(): what one handler does goes out together.
    void wake() {
        if (is_settling_ || is_closed_ || std::exchange(is_woken_, true))
            return;
        asio::post(stream_->executor(), [self = shared_from_this()] {
            self->is_woken_ = false;
            self->settle();
        });
    }

private:
    void read() {
        if (is_closed_)
            return;
        stream_->async_read_some(
            asio::buffer(read_buffer_),
            [self = shared_from_this()](ErrorCode error, std::size_t size) { self->was_read(error, size); });
    }

    void was_read(const ErrorCode& error, std::size_t size) {
        if (is_closed_)
            return;
        if (error)  // an end too: HTTP/2 has no half of a connection
            return close();
        if (!is_lingering_)
            session_.receive({read_buffer_.data(), size}, Clock::now());
        read();
        settle();
    }

    // Follows what the session says, until it says no more.
    void settle() {
        if (is_closed_ || std::exchange(is_settling_, true))
            return;
        follow_events();
        if (!is_closed_)
            write();
        is_settling_ = false;
        if (!is_closed_ && !is_lingering_)
            watch_time();
    }

    void follow_events() {
        for (auto events = session_.take_events(); !events.empty() && !is_closed_; events = session_.take_events())
            for (Http2Event& event : events)
                follow(event);
    }

    void follow(Http2Event& event) {
        if (is_closed_)
            return;
        switch (event.kind) {
            case Http2EventKind::request:
                return begin(event.stream, std::move(event.request));
            case Http2EventKind::body:
                return give_body(event.stream);
            case Http2EventKind::room:
                if (Waiting* waiting = waiting_on(event.stream))
                    if (const auto room = std::exchange(waiting->room, {}))
                        room();
                return;
            case Http2EventKind::gone: {
                auto waiting = waiting_.extract(event.stream);
                if (!waiting.empty() && waiting.mapped().gone)
                    waiting.mapped().gone();
                return;
            }
        }
    }

    void begin(Http2StreamId id, HttpRequest request);

    void give_body(Http2StreamId id) {
        Waiting* waiting = waiting_on(id);
        if (waiting == nullptr || !waiting->body)
            return;
        std::string piece = session_.take_body(id);
        const bool is_last = session_.is_body_whole(id);
        if (!piece.empty() || is_last)
            std::exchange(waiting->body, {})(std::move(piece), is_last);
    }

    void write() {
        while (!is_writing_ && !is_closed_) {
            unwritten_ = session_.take_output(Clock::now());
            if (unwritten_.empty())
                break;
            write_timer_.expires_after(limits_.write_deadline);
            write_timer_.async_wait([self = shared_from_this()](ErrorCode error) {
                if (!error && self->write_timer_.expiry() <= Clock::now())
                    self->close();
            });
            written_ = 0;
            is_writing_ = true;
            write_some();
            follow_events();
        }
        if (!is_writing_ && !is_closed_ && session_.is_over())
            linger();
    }

    void write_some() {
        stream_->async_write_some(
            asio::buffer(unwritten_.data() + written_, unwritten_.size() - written_),
            [self = shared_from_this()](ErrorCode error, std::size_t size) { self->was_written(error, size); });
    }

    void was_written(const ErrorCode& error, std::size_t size) {
        if (is_closed_)
            return;
        if (error)
            return close();
        written_ += size;
        if (written_ < unwritten_.size())
            return write_some();
        is_writing_ = false;
        write_timer_.expires_at(Clock::time_point::max());
        settle();
    }

    void watch_time() {
        const Clock::time_point deadline = session_.deadline();
        if (deadline == deadline_)
            return;
        deadline_ = deadline;
        timer_.expires_at(deadline);
        timer_.async_wait([self = shared_from_this()](ErrorCode error) {
            if (error || self->is_closed_ || self->is_lingering_)
                return;
            self->deadline_ = {};
            self->session_.expire(Clock::now());
            self->settle();
        });
    }

    // The last words, e.g. why the connection ends, would be lost if the socket were closed with something unread in
    // it.
    void linger() {
        if (std::exchange(is_lingering_, true))
            return;
        timer_.expires_after(limits_.linger_deadline);
        timer_.async_wait([self = shared_from_this()](ErrorCode error) {
            if (!error)
                self->close();
        });
        stream_->async_shutdown([self = shared_from_this()](ErrorCode error) {
            if (error)
                self->close();
        });
    }

    Http2Limits limits_;
    HttpHandler handler_;
    std::unique_ptr<ByteStream> stream_;
    std::optional<ConnectionSlot> slot_;
    std::string first_bytes_;
    std::function<void(const OpenConnection&)> closed_;
    asio::steady_timer timer_;
    asio::steady_timer write_timer_;
    Http2ServerSession session_;
    std::map<Http2StreamId, Waiting> waiting_;
    std::array<char, read_size> read_buffer_;
    std::string unwritten_;
    std::size_t written_ = 0;
    Clock::time_point deadline_{};
    bool is_writing_ = false;
    bool is_settling_ = false;
    bool is_woken_ = false;
    bool is_lingering_ = false;
    bool is_closed_ = false;
};

class Http2Exchange : public HttpExchange {
public:
    Http2Exchange(std::shared_ptr<Http2Connection> connection, Http2StreamId id)
        : connection_(std::move(connection)), id_(id), peer_(connection_->peer()) {}

    void read_body(BodyReader reader) override {
        if (is_there())
            connection_->read_body(id_, std::move(reader));
    }
    void allow_slow_body() override { connection_->session().allow_slow_body(id_); }
    void respond(HttpResponse response) override {
        if (!is_there())
            return;
        connection_->session().respond(id_, response);
        connection_->answer_ended(id_);
    }
    void begin_stream(HttpResponse head) override {
        if (!is_there())
            return;
        connection_->session().begin_stream(id_, head);
        connection_->wake();
    }
    bool send_chunk(std::string chunk) override {
        const bool is_taken = is_there() && connection_->session().send(id_, std::move(chunk));
        if (is_taken)
            connection_->wake();
        return is_taken;
    }
    void end_stream(HttpStreamEnd end) override {
        if (!is_there())
            return;
        connection_->session().end_stream(id_, std::move(end));
        connection_->answer_ended(id_);
    }
    bool has_room() const override { return is_there() && connection_->session().has_room(id_); }
    void when_room(std::function<void()> room) override {
        if (Waiting* waiting = connection_->waiting_on(id_)) {
            waiting->room = std::move(room);
            connection_->session().wants_room(id_);
        }
    }
    bool is_open() const override { return is_there(); }
    void when_gone(std::function<void()> gone) override {
        if (Waiting* waiting = connection_->waiting_on(id_))
            waiting->gone = std::move(gone);
    }
    const Peer& peer() const override { return peer_; }
    int socket() const override { return connection_->socket(); }

private:
    bool is_there() const { return !connection_->is_closed() && connection_->session().is_answerable(id_); }

    std::shared_ptr<Http2Connection> connection_;
    Http2StreamId id_;
    Peer peer_;
};

void Http2Connection::begin(Http2StreamId id, HttpRequest request) {
    waiting_[id];
    handler_(std::move(request), std::make_shared<Http2Exchange>(shared_from_this(), id));
}

}  // namespace

std::shared_ptr<OpenConnection> make_http2(ConnectionPlace place, const Http2Limits& limits, HttpHandler handler) {
    return std::make_shared<Http2Connection>(std::move(place), limits, std::move(handler));
}

}  // namespace noodstop::platform
