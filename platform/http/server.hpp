// An HTTP server on any byte stream: HTTP/1.1 itself, HTTP/2 where it is given somebody who speaks it. Whatever comes
// in, it stays within its limits: what is malformed, too large or too slow gets an error or a closed connection, and
// the handler never sees it.
#pragma once

#include "platform/http/exchange.hpp"
#include "platform/net/byte_stream.hpp"
#include "platform/net/slots.hpp"

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
    std::chrono::milliseconds linger_deadline = std::chrono::seconds(2);   // for the other end to close after us
};

// A connection that the server keeps until it says that it is over.
class OpenConnection {
public:
    virtual ~OpenConnection() = default;
    virtual void start() = 0;
    virtual void close() = 0;      // at once
    virtual void shut_down() = 0;  // takes no further requests; closes when the present ones are answered
};

// What a connection brings with it from the server.
struct ConnectionPlace {
    std::unique_ptr<ByteStream> stream;
    ConnectionSlot slot;
    std::string first_bytes;  // read already
    // To be called once, when the connection is closed. The connection is forgotten by it.
    std::function<void(const OpenConnection& connection)> closed;
};

// Makes a connection of a stream that turns out to be HTTP/2; the server starts it.
using Http2Maker = std::function<std::shared_ptr<OpenConnection>(ConnectionPlace place)>;

struct HttpServerOptions {
    HttpLimits limits;
    HttpHandler handler;
    Http2Maker make_http2;  // empty: HTTP/1.1 only
};

class HttpServer {
public:
    HttpServer(boost::asio::io_context& io, HttpServerOptions options);
    ~HttpServer();  // closes every connection
    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;

    void listen(FileDescriptor listening_socket);    // unix or TCP, without TLS
    void serve(std::unique_ptr<ByteStream> stream);  // of somebody else's listening, e.g. of TLS
    // Accepts no more, takes no further requests, and lets the present ones be answered.
    void shut_down();

    std::size_t connection_count() const;

private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace noodstop::platform
