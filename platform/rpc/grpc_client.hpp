// A gRPC client on a connected stream of any kind: unary calls, each answered once.
#pragma once

#include "platform/net/byte_stream.hpp"
#include "platform/rpc/grpc_client_session.hpp"

#include <functional>
#include <memory>
#include <string>

namespace noodstop::platform {

class GrpcClient {
public:
    using Answered = std::function<void(GrpcResult result)>;
    using Closed = std::function<void(const std::string& why)>;

    // `closed` is told once when the connection ends by itself, after all calls were answered with `unavailable`.
    GrpcClient(std::unique_ptr<ByteStream> stream, const GrpcClientOptions& options, Closed closed = {});
    ~GrpcClient();  // closes; calls that are not answered never are
    GrpcClient(const GrpcClient&) = delete;
    GrpcClient& operator=(const GrpcClient&) = delete;

    void call(const GrpcRequest& request, Answered answered);  // never answers from within this
    bool takes_calls() const;  // no: the connection ends, or has ended; a new one is needed
    void shut_down();          // ends the connection when the present calls are answered

private:
    class Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace noodstop::platform
