// A server of remote procedure calls: gRPC, gRPC-Web and Connect on one port, over HTTP/2 and HTTP/1.1, from one table.
// Which protocol is spoken shows in ALPN or the first bytes, and in the content type of each request.
#pragma once

#include "platform/http/server.hpp"
#include "platform/rpc/http2_limits.hpp"
#include "platform/rpc/service.hpp"

namespace noodstop::platform {

struct RpcLimits {
    HttpLimits http;  // its body_size_max is derived from message_size_max
    Http2Limits http2;
    std::size_t message_size_max = 64 * 1024;  // of a request, also when it is expanded
    std::size_t streams_max = 16;              // open at once
    std::size_t streams_per_caller_max = 8;
    std::size_t unary_max = 64;  // that are not answered; one that its client gave up counts until it is
    std::size_t unary_per_caller_max = 32;
    std::chrono::milliseconds timeout_max = std::chrono::seconds(60);  // of a unary call
};

struct RpcServerOptions {
    RpcLimits limits;
    ServiceTable services;
    RpcHooks hooks;
};

class RpcServer {
public:
    RpcServer(boost::asio::io_context& io, RpcServerOptions options);
    ~RpcServer();  // closes every connection

    void listen(FileDescriptor listening_socket);    // unix or TCP, without TLS
    void serve(std::unique_ptr<ByteStream> stream);  // of somebody else's listening, e.g. of TLS
    // Accepts no more, takes no further calls, and lets the present ones be answered.
    void shut_down();

    std::size_t connection_count() const;
    std::size_t stream_count() const;

private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace noodstop::platform
