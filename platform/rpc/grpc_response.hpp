// Puts together what one gRPC call is answered with: headers, at most one message, trailers. No I/O.
#pragma once

#include "platform/rpc/grpc_client_session.hpp"
#include "platform/rpc/message_reader.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace noodstop::platform {

struct GrpcResponseLimits {
    std::size_t message_size_max = 0;
    std::size_t header_list_size_max = 0;
};

class GrpcResponse {
public:
    explicit GrpcResponse(const GrpcResponseLimits& limits) : limits_(limits) {}

    // All headers and trailers together have one limit. False: it is passed, and problem() says so.
    bool put_header(std::string_view name, std::string_view value);
    void headers_ended(bool is_last);       // of the headers, or of the trailers
    bool put_data(std::string_view bytes);  // false: the answer can't be a good one any more, see problem()
    bool is_complete() const { return has_ended_; }

    const RpcError& problem() const { return *problem_; }
    // How the call ended. `reset` is the code of HTTP/2 with which the stream was closed.
    GrpcResult result(std::uint32_t reset);

private:
    bool fail(RpcCode code, const char* why);
    void read_head();
    bool read_messages();
    RpcError error_without_status() const;

    GrpcResponseLimits limits_;
    HttpHeaders headers_;
    HttpHeaders trailers_;
    std::size_t header_size_ = 0;
    std::optional<MessageReader> reader_;
    std::optional<std::string> message_;
    std::optional<RpcError> problem_;
    bool has_head_ = false;
    bool has_ended_ = false;
};

}  // namespace noodstop::platform
