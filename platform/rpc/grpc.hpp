// The rules of gRPC as functions: timeouts, statuses in trailers, binary metadata. gRPC-Web shares them. No I/O.
// (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md and PROTOCOL-WEB.md)
#pragma once

#include "platform/http/http.hpp"
#include "platform/rpc/code.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace noodstop::platform::grpc {

inline constexpr const char* type = "application/grpc+proto";
inline constexpr const char* web_type = "application/grpc-web+proto";
inline constexpr const char* web_text_type = "application/grpc-web-text+proto";
inline constexpr std::uint8_t trailers_flag = 0x80;  // of gRPC-Web: this envelope holds the trailers

// The timeout of grpc-timeout: at most eight digits and a unit, rounded up to milliseconds.
std::optional<std::chrono::milliseconds> timeout_in(std::string_view header);
std::string timeout_text(std::chrono::milliseconds timeout);

std::string percent_encoded(std::string_view message);
std::string percent_decoded(std::string_view text);  // what is not well encoded stays as it is

// grpc-status, and where there is an error grpc-message and grpc-status-details-bin; then the rest.
HttpHeaders trailers_for(const RpcError* error, const HttpHeaders& rest);
// What trailers say of how the call ended; `unknown` where they say nothing.
std::optional<RpcError> error_in_trailers(const HttpHeaders& trailers);

// Trailers as the last message of gRPC-Web has them.
std::string trailers_text(const HttpHeaders& trailers);

// Metadata whose names end in -bin holds bytes, which travel as base64.
bool is_binary(std::string_view name);
HttpHeaders encoded_metadata(const HttpHeaders& metadata);
// Without what belongs to HTTP and the protocols; names in lower case. An error where binary metadata is no base64.
std::variant<HttpHeaders, RpcError> metadata_in(const HttpHeaders& headers);

}  // namespace noodstop::platform::grpc
