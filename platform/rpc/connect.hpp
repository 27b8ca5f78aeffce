// The Connect protocol's rules as functions: error texts, ends of streams, timeouts, questions in a GET. No I/O.
// (https://connectrpc.com/docs/protocol)
#pragma once

#include "platform/http/http.hpp"
#include "platform/rpc/code.hpp"
#include "platform/rpc/envelope.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace noodstop::platform::connect {

inline constexpr const char* unary_type = "application/proto";
inline constexpr const char* stream_type = "application/connect+proto";
inline constexpr std::uint8_t end_flag = 0x02;

std::string error_json(const RpcError& error);  // {"code":"...","message":"...","details":[...]}
// {} or {"error":{...}}, and {"metadata":{...}} where there are trailers.
std::string end_json(const RpcError* error, const HttpHeaders& trailers = {});
// The error in an error text, or in the end of a stream; none where the end is a good one.
std::optional<RpcError> error_in_json(std::string_view json);
std::optional<RpcError> error_in_end_json(std::string_view json);

// The timeout of Connect-Timeout-Ms: at most ten digits.
std::optional<std::chrono::milliseconds> timeout_in(std::string_view header);

// What a GET asks in its query.
struct Question {
    std::string encoding;  // of the message: "proto" or "json"
    std::string message;
    std::string compression;  // empty: none
};
std::variant<Question, RpcError> question_in(std::string_view query);

}  // namespace noodstop::platform::connect
