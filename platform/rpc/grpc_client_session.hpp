// The client's side of one gRPC connection, without I/O: unary calls in, bytes out, bytes in, answers out. Time is an
// argument. The server is not trusted: what it sends stays within limits.
#pragma once

#include "platform/http/http.hpp"
#include "platform/rpc/code.hpp"
#include "platform/rpc/http2_limits.hpp"
#include "platform/rpc/http2_session.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace noodstop::platform {

struct GrpcClientOptions {
    std::string authority = "localhost";
    std::string scheme = "https";  // "http" where nothing protects the connection
    std::string user_agent = "noodstop";
    std::size_t message_size_max = 4 * 1024 * 1024;  // of an answer, also when it is expanded
    std::size_t calls_max = 64;                      // that are not answered
    Http2Limits http2;
};

struct GrpcRequest {
    std::string path;  // "/package.Service/Method"
    std::string message;
    HttpHeaders metadata;
    std::chrono::milliseconds timeout = std::chrono::seconds(30);  // told to the server as well
    bool is_compressed = false;
};

using GrpcCallId = std::int32_t;
using GrpcResult = std::variant<std::string, RpcError>;

struct GrpcAnswer {
    GrpcCallId call = 0;
    GrpcResult result;
};

class GrpcClientSession : public Http2Session {
public:
    GrpcClientSession(const GrpcClientOptions& options, Time now);
    ~GrpcClientSession() override;
    GrpcClientSession(const GrpcClientSession&) = delete;
    GrpcClientSession& operator=(const GrpcClientSession&) = delete;

    // Each call is answered once. An error here means that the session takes no more of them: it is full, or it ends.
    std::variant<GrpcCallId, RpcError> start(const GrpcRequest& request, Time now);
    void cancel(GrpcCallId call);  // it is answered as canceled
    void shut_down();              // takes no more calls; over when the present ones are answered

    void receive(std::string_view bytes, Time now) override;
    void lose(const std::string& why);  // the connection is gone, and with it all calls that are not answered
    std::string take_output(Time now) override;
    std::vector<GrpcAnswer> take_answers();
    Time deadline() const override;
    void expire(Time now) override;
    bool takes_calls() const;  // no: the server said that it goes, or we did
    bool is_over() const override;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace noodstop::platform
