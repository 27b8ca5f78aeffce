// How a call looks in each protocol: what its request must say, and what its answer is made of. The course of a call is
// the same in all of them (call.hpp).
#pragma once

#include "platform/http/http.hpp"
#include "platform/rpc/code.hpp"
#include "platform/rpc/envelope.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <variant>

namespace noodstop::platform {

// What the headers of a request say.
struct RequestHead {
    std::optional<std::chrono::milliseconds> timeout;
    bool is_compressed = false;  // its messages may be
    bool accepts_gzip = false;   // the client understands compressed answers
    HttpHeaders metadata;
};

enum class BodyForm {
    bare,       // the message is the body
    envelopes,  // each message in an envelope
    base64,     // envelopes, the whole as base64
};

struct AnswerHead {
    HttpHeaders metadata;
    bool is_compressed = false;  // messages may be
};

// The end of an answer: the last bytes of its body, and what follows the body.
struct AnswerEnd {
    std::string body;
    HttpHeaders trailers;
};

class WireFormat {
public:
    virtual ~WireFormat() = default;
    virtual BodyForm body_form() const = 0;
    virtual std::variant<RequestHead, RpcError> read_head(const HttpRequest& request) const = 0;

    // The whole answer at once, where the protocol has it in one piece: then the message is taken. Nothing where it
    // always streams.
    virtual std::optional<HttpResponse> whole(const AnswerHead& head, std::string& message,
                                              const HttpHeaders& trailers) const = 0;
    // The whole answer of a call that failed before its first message.
    virtual HttpResponse failure(const RpcError& error, const HttpHeaders& trailers) const = 0;

    virtual HttpResponse stream_head(const AnswerHead& head) const = 0;
    virtual std::string stream_message(bool is_compressed, std::string message) const = 0;
    virtual AnswerEnd stream_end(const RpcError* error, const HttpHeaders& trailers) const = 0;
};

// Messages shorter than this are not worth compressing.
inline constexpr std::size_t compressed_size_min = 1024;

const WireFormat& connect_unary_format();
const WireFormat& connect_stream_format();
const WireFormat& grpc_format();
const WireFormat& grpc_web_format();
const WireFormat& grpc_web_text_format();

// The gzip of a message where that was agreed and is worth it.
struct MaybeCompressed {
    bool is_compressed = false;
    std::string bytes;
};
MaybeCompressed maybe_compressed(bool is_agreed, std::string message);

}  // namespace noodstop::platform
