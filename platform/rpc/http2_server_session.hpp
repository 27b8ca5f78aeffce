// The server's side of one HTTP/2 connection, without I/O: bytes in, bytes out, requests as events. Time is an
// argument.
//
// What comes in stays within Http2Limits. Bodies wait in the session, within the stream's window, until they are taken;
// answers wait within the client's window. A client that floods or dawdles loses the stream or the connection.
#pragma once

#include "platform/http/exchange.hpp"
#include "platform/rpc/http2_limits.hpp"
#include "platform/rpc/http2_session.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace noodstop::platform {

using Http2StreamId = std::int32_t;

enum class Http2EventKind {
    request,  // its head has come
    body,     // more of its body has come, or the end of it
    room,     // bytes were refused and there is room for them now
    gone,     // the client ended or lost the stream before the answer was complete
};

struct Http2Event {
    Http2EventKind kind = Http2EventKind::request;
    Http2StreamId stream = 0;
    HttpRequest request;
};

class Http2ServerSession : public Http2Session {
public:
    Http2ServerSession(const Http2Limits& limits, Time now);
    ~Http2ServerSession() override;
    Http2ServerSession(const Http2ServerSession&) = delete;
    Http2ServerSession& operator=(const Http2ServerSession&) = delete;

    void receive(std::string_view bytes, Time now) override;
    std::string take_output(Time now) override;
    std::vector<Http2Event> take_events();
    Time deadline() const override;
    void expire(Time now) override;
    bool is_over() const override;
    void shut_down();  // GOAWAY: takes no further requests

    // Of a stream that is not there any more nothing is taken, and nothing happens to it.
    std::string take_body(Http2StreamId stream);
    bool is_body_whole(Http2StreamId stream) const;  // nothing comes after what was taken
    void allow_slow_body(Http2StreamId stream);
    void respond(Http2StreamId stream, const HttpResponse& response);
    void begin_stream(Http2StreamId stream, const HttpResponse& head);
    bool send(Http2StreamId stream, std::string bytes);
    void end_stream(Http2StreamId stream, HttpStreamEnd end);
    bool has_room(Http2StreamId stream) const;
    void wants_room(Http2StreamId stream);           // asks for the event
    bool is_answerable(Http2StreamId stream) const;  // there, and its answer has not ended

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace noodstop::platform
