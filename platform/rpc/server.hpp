// A server of the Connect protocol on a unix socket: unary calls and server streams, as a table from path to handler.
// Knows nothing of protobuf: handlers get and give bytes.
#pragma once

#include "platform/http/server.hpp"
#include "platform/rpc/connect.hpp"

#include <map>

namespace noodstop::platform {

struct RpcLimits {
    HttpLimits http;                           // its body_size_max is derived from message_size_max
    std::size_t message_size_max = 64 * 1024;  // of a request
    std::size_t streams_max = 16;              // open at once
    std::chrono::milliseconds timeout_max = std::chrono::seconds(60);  // of a unary call
};

// The answer to one call. Calls after its end, or after the client has gone, do nothing.
class RpcResponder {
public:
    virtual ~RpcResponder() = default;
    virtual void answer(std::string message) = 0;  // of a unary call: ends it
    virtual bool send(std::string message) = 0;    // of a stream; false: the client lags, the message was not taken
    virtual void finish() = 0;                     // of a stream
    virtual void fail(RpcError error) = 0;         // ends either
    virtual bool is_open() const = 0;
    virtual void when_gone(std::function<void()> gone) = 0;
};

struct RpcCall {
    std::string message;
    PeerCredentials peer;
    int socket = -1;  // of the client's connection, valid during the call of the handler: duplicate it
};

struct RpcMethod {
    bool streams = false;
    std::function<void(RpcCall call, std::shared_ptr<RpcResponder> responder)> handle;
};

using ServiceTable = std::map<std::string, RpcMethod>;  // by "/package.Service/Method"

class RpcServer {
public:
    RpcServer(boost::asio::io_context& io, FileDescriptor listening_socket, RpcLimits limits, ServiceTable services);
    ~RpcServer();
    std::size_t connection_count() const;
    std::size_t stream_count() const;

private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace noodstop::platform
