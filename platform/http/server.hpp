// An HTTP/1.1 server on a unix socket. Whatever comes in, it stays within its limits: what is malformed, too large or
// too slow gets an error or a closed connection, and the handler never sees it.
#pragma once

#include "platform/http/http.hpp"
#include "platform/unix_socket/unix_socket.hpp"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <functional>
#include <memory>

namespace noodstop::platform {

struct HttpLimits {
    std::size_t connections_max = 32;       // further ones are closed at once
    std::size_t connections_root_only = 8;  // of these: nobody's flood keeps root out
    std::uint32_t header_size_max = 8 * 1024;
    std::uint64_t body_size_max = 64 * 1024;
    std::size_t unsent_bytes_max = 1024 * 1024;  // of a stream, beyond the message that is being sent
    std::chrono::milliseconds idle_deadline = std::chrono::seconds(30);    // until a request begins
    std::chrono::milliseconds read_deadline = std::chrono::seconds(5);     // from its first byte to its last
    std::chrono::milliseconds answer_deadline = std::chrono::seconds(60);  // until the handler answers or streams
    std::chrono::milliseconds write_deadline = std::chrono::seconds(10);   // for one response or one chunk
};

// One request's answer: either respond(), or begin_stream(), send_chunk() ..., end_stream(). Calls after the end, or
// after the client has gone, do nothing. Used on the io_context's thread.
class HttpExchange {
public:
    virtual ~HttpExchange() = default;
    virtual void respond(HttpResponse response) = 0;
    virtual void begin_stream(HttpResponse head) = 0;
    // False if the client reads too slowly or has gone: nothing was taken. A chunk of any size is taken where nothing
    // waits.
    virtual bool send_chunk(std::string chunk) = 0;
    virtual void end_stream() = 0;
    virtual bool is_open() const = 0;
    // Called once when the client has gone before the answer was complete.
    virtual void when_gone(std::function<void()> gone) = 0;
    virtual const PeerCredentials& peer() const = 0;
    virtual int socket() const = 0;  // of the connection, to be passed on; -1 if it is closed
};

using HttpHandler = std::function<void(HttpRequest request, std::shared_ptr<HttpExchange> exchange)>;

class HttpServer {
public:
    HttpServer(boost::asio::io_context& io, FileDescriptor listening_socket, HttpLimits limits, HttpHandler handler);
    ~HttpServer();  // closes every connection
    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;

    std::size_t connection_count() const;

private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace noodstop::platform
