// The Connect protocol's rules as functions: codes, error texts, envelopes, timeouts. No I/O.
// (https://connectrpc.com/docs/protocol)
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

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

struct RpcError {
    RpcCode code = RpcCode::unknown;
    std::string message;
};

const char* to_text(RpcCode code);
std::optional<RpcCode> rpc_code_from_name(std::string_view name);
unsigned http_status_of(RpcCode code);
RpcCode rpc_code_of_http(unsigned status);  // of an answer without an error text

namespace connect {

inline constexpr const char* unary_type = "application/proto";
inline constexpr const char* stream_type = "application/connect+proto";
inline constexpr std::size_t envelope_header_size = 5;
inline constexpr std::uint8_t compressed_flag = 0x01;
inline constexpr std::uint8_t end_flag = 0x02;

std::string error_json(const RpcError& error);  // {"code":"...","message":"..."}
std::string end_json(const RpcError* error);    // {} or {"error":{...}}
// The error in an error text, or in the end of a stream; none where the end is a good one.
std::optional<RpcError> error_in_json(std::string_view json);
std::optional<RpcError> error_in_end_json(std::string_view json);

std::string envelope(std::uint8_t flags, std::string_view message);

// The timeout of Connect-Timeout-Ms: at most ten digits.
std::optional<std::chrono::milliseconds> timeout_in(std::string_view header);

// The one message in the body of a request for a stream.
std::variant<std::string, RpcError> only_message(std::string_view body);

// Cuts a stream of bytes into envelopes.
class EnvelopeReader {
public:
    explicit EnvelopeReader(std::size_t message_size_max) : message_size_max_(message_size_max) {}

    struct Envelope {
        std::uint8_t flags = 0;
        std::string message;
    };

    void put(std::string_view bytes) { bytes_ += bytes; }
    std::optional<Envelope> take();
    bool is_broken() const { return is_broken_; }  // a message was announced that is larger than allowed

private:
    std::size_t message_size_max_;
    std::string bytes_;
    bool is_broken_ = false;
};

}  // namespace connect
}  // namespace noodstop::platform
