#include "platform/rpc/http2_connection.hpp"

#include "platform/rpc/http2_driver.hpp"
#include "platform/rpc/http2_server_session.hpp"

#include <map>
#include <optional>

namespace noodstop::platform {
namespace {

// What the handler of one stream waits for.
struct Waiting {
    HttpExchange::BodyReader body;
    std::function<void()> room;
    std::function<void()> gone;
};

class Http2Connection : public OpenConnection, public Http2Driver {
public:
    Http2Connection(ConnectionPlace place, const Http2Limits& limits, HttpHandler handler)
        : Http2Driver(std::move(place.stream), {limits.write_deadline, limits.linger_deadline}),
          handler_(std::move(handler)),
          slot_(std::move(place.slot)),
          first_bytes_(std::move(place.first_bytes)),
          closed_(std::move(place.closed)),
          session_(limits, std::chrono::steady_clock::now()) {}

    void start() override { begin(std::exchange(first_bytes_, {})); }
    void close() override { close_now("closed here"); }
    void shut_down() override {
        session_.shut_down();
        wake();
    }

    Http2ServerSession& streams() { return session_; }
    const Peer& peer() const { return stream().peer(); }
    int socket() const { return is_closed() ? -1 : stream().native_handle(); }

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

private:
    Http2Session& session() override { return session_; }

    void was_closed(const std::string&) override {
        slot_.reset();
        if (const auto closed = std::exchange(closed_, {}))
            closed(*this);
        for (auto& [id, waiting] : std::exchange(waiting_, {}))
            if (waiting.gone)
                waiting.gone();
    }

    void follow_events() override {
        for (auto events = session_.take_events(); !events.empty(); events = session_.take_events())
            for (Http2Event& event : events)
                if (!is_closed())
                    follow(event);
    }

    void follow(Http2Event& event) {
        switch (event.kind) {
            case Http2EventKind::request:
                return begin_request(event.stream, std::move(event.request));
            case Http2EventKind::body:
                return give_body(event.stream);
            case Http2EventKind::room:
                return tell_room(event.stream);
            case Http2EventKind::gone:
                return tell_gone(event.stream);
        }
    }

    void begin_request(Http2StreamId id, HttpRequest request);

    void give_body(Http2StreamId id) {
        Waiting* waiting = waiting_on(id);
        if (waiting == nullptr || !waiting->body)
            return;
        std::string piece = session_.take_body(id);
        const bool is_last = session_.is_body_whole(id);
        if (!piece.empty() || is_last)
            std::exchange(waiting->body, {})(std::move(piece), is_last);
    }

    void tell_room(Http2StreamId id) {
        Waiting* waiting = waiting_on(id);
        const auto room = waiting == nullptr ? nullptr : std::exchange(waiting->room, {});
        if (room)
            room();
    }

    void tell_gone(Http2StreamId id) {
        const auto waiting = waiting_.extract(id);
        if (!waiting.empty() && waiting.mapped().gone)
            waiting.mapped().gone();
    }

    HttpHandler handler_;
    std::optional<ConnectionSlot> slot_;
    std::string first_bytes_;
    std::function<void(const OpenConnection&)> closed_;
    Http2ServerSession session_;
    std::map<Http2StreamId, Waiting> waiting_;
};

class Http2Exchange : public HttpExchange {
public:
    Http2Exchange(std::shared_ptr<Http2Connection> connection, Http2StreamId id)
        : connection_(std::move(connection)), id_(id), peer_(connection_->peer()) {}

    void read_body(BodyReader reader) override {
        if (is_there())
            connection_->read_body(id_, std::move(reader));
    }
    void allow_slow_body() override { connection_->streams().allow_slow_body(id_); }
    void respond(HttpResponse response) override {
        if (!is_there())
            return;
        connection_->streams().respond(id_, response);
        connection_->answer_ended(id_);
    }
    void begin_stream(HttpResponse head) override {
        if (!is_there())
            return;
        connection_->streams().begin_stream(id_, head);
        connection_->wake();
    }
    bool send_chunk(std::string chunk) override {
        const bool is_taken = is_there() && connection_->streams().send(id_, std::move(chunk));
        if (is_taken)
            connection_->wake();
        return is_taken;
    }
    void end_stream(HttpStreamEnd end) override {
        if (!is_there())
            return;
        connection_->streams().end_stream(id_, std::move(end));
        connection_->answer_ended(id_);
    }
    bool has_room() const override { return is_there() && connection_->streams().has_room(id_); }
    void when_room(std::function<void()> room) override {
        if (Waiting* waiting = connection_->waiting_on(id_)) {
            waiting->room = std::move(room);
            connection_->streams().wants_room(id_);
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
    bool is_there() const { return !connection_->is_closed() && connection_->streams().is_answerable(id_); }

    std::shared_ptr<Http2Connection> connection_;
    Http2StreamId id_;
    Peer peer_;
};

void Http2Connection::begin_request(Http2StreamId id, HttpRequest request) {
    waiting_[id];
    handler_(std::move(request),
             std::make_shared<Http2Exchange>(std::static_pointer_cast<Http2Connection>(shared_from_this()), id));
}

}  // namespace

std::shared_ptr<OpenConnection> make_http2(ConnectionPlace place, const Http2Limits& limits, HttpHandler handler) {
    return std::make_shared<Http2Connection>(std::move(place), limits, std::move(handler));
}

}  // namespace noodstop::platform
