// How a call fails: the codes that gRPC, gRPC-Web and Connect share, and what goes with them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace noodstop::platform {

enum class RpcCode : std::uint8_t {
    canceled,
    unknown,
    invalid_argument,
    deadline_exceeded,
    not_found,
    already_exists,
    permission_denied,
    resource_exhausted,
    failed_precondition,
    aborted,
    out_of_range,
    unimplemented,
    internal,
    unavailable,
    data_loss,
    unauthenticated,
};

// A message that says more, e.g. google.rpc.RetryInfo.
struct RpcErrorDetail {
    std::string type;   // its whole name
    std::string value;  // as protobuf writes it
    bool operator==(const RpcErrorDetail& other) const = default;
};

struct RpcError {
    RpcCode code = RpcCode::unknown;
    std::string message;
    std::vector<RpcErrorDetail> details;
};

const char* to_text(RpcCode code);
std::optional<RpcCode> rpc_code_from_name(std::string_view name);

unsigned http_status_of(RpcCode code);      // as Connect has it
RpcCode rpc_code_of_http(unsigned status);  // of an answer that says nothing but its HTTP status

unsigned grpc_status_of(RpcCode code);  // 1 to 16
// Of grpc-status: nothing for "0", which is no error. A number that nobody knows is `unknown`.
std::optional<RpcCode> rpc_code_of_grpc(std::string_view status);

}  // namespace noodstop::platform
