// One HTTP request and the answer to it, whatever version of HTTP carries them.
#pragma once

#include "platform/http/http.hpp"
#include "platform/net/peer.hpp"

#include <functional>
#include <memory>
#include <string>

namespace noodstop::platform {

// What closes an answer that streams. It goes out however slowly the client reads.
struct HttpStreamEnd {
    std::string last_chunk;
    HttpHeaders trailers;  // of HTTP/2 only
};

// The answer is either respond(), or begin_stream(), send_chunk() ..., end_stream(). Calls after the end, or after the
// client has gone, do nothing. Used on the executor's thread.
class HttpExchange {
public:
    using BodyReader = std::function<void(std::string piece, bool is_last)>;

    virtual ~HttpExchange() = default;

    // Gives the next piece of a body that did not come whole with the request, perhaps at once. What was not asked for
    // is left to the client to keep.
    virtual void read_body(BodyReader reader) = 0;
    // The body may take as long as the client likes.
    virtual void allow_slow_body() = 0;

    virtual void respond(HttpResponse response) = 0;
    virtual void begin_stream(HttpResponse head) = 0;
    // False if the client reads too slowly or has gone: nothing was taken. A chunk of any size is taken where nothing
    // waits.
    virtual bool send_chunk(std::string chunk) = 0;
    virtual void end_stream(HttpStreamEnd end) = 0;
    virtual bool has_room() const = 0;                       // send_chunk() would take one
    virtual void when_room(std::function<void()> room) = 0;  // called once, when there is room again

    virtual bool is_open() const = 0;
    // Called once when the client has gone before the answer was complete.
    virtual void when_gone(std::function<void()> gone) = 0;
    virtual const Peer& peer() const = 0;
    virtual int socket() const = 0;  // of the connection, to be passed on; -1 if it is closed or not a plain socket
};

using HttpHandler = std::function<void(HttpRequest request, std::shared_ptr<HttpExchange> exchange)>;

}  // namespace noodstop::platform
