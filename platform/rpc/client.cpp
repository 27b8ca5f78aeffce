#include "platform/rpc/client.hpp"

#include "platform/http/client.hpp"

#include <cerrno>

namespace noodstop::platform {
namespace {

HttpRequest request_of(const std::string& path, const char* type, std::string body) {
    HttpRequest request;
    request.method = "POST";
    request.target = path;
    request.headers = {{"Content-Type", type}, {"Connect-Protocol-Version", "1"}, {"User-Agent", "noodstop"}};
    request.body = std::move(body);
    return request;
}

RpcError error_of(const Error& error) {
    if (error.number == ETIMEDOUT)
        return {RpcCode::deadline_exceeded, error.message};
    if (error.number == EPROTO)
        return {RpcCode::internal, error.message};
    return {RpcCode::unavailable, error.message};
}

RpcError error_of(const HttpResponse& response) {
    if (const auto error = connect::error_in_json(response.body))
        return *error;
    return {rpc_code_of_http(response.status),
            "the server answered with HTTP status " + std::to_string(response.status)};
}

bool is_of_type(const HttpResponse& response, const char* type) {
    return find_header(response.headers, "Content-Type") == type;
}

// Turns the pieces of a body into messages, and knows how the stream ended.
class StreamReader {
public:
    StreamReader(std::size_t message_size_max, const std::function<bool(const std::string&)>& on_message)
        : envelopes_(message_size_max), on_message_(on_message) {}

    bool take(std::string_view piece) {
        envelopes_.put(piece);
        while (!is_over_) {
            const auto next = envelopes_.take();
            if (!next)
                break;
            take(*next);
        }
        if (envelopes_.is_broken())
            end(RpcError{RpcCode::resource_exhausted, "a message of the stream is too large"});
        return !is_over_;
    }

    bool is_over() const { return is_over_; }
    const std::optional<RpcError>& error() const { return error_; }

private:
    void take(const EnvelopeReader::Envelope& next) {
        if ((next.flags & compressed_flag) != 0)
            end(RpcError{RpcCode::internal, "the server compressed a message unasked"});
        else if ((next.flags & connect::end_flag) != 0)
            end(connect::error_in_end_json(next.message));
        else if (!on_message_(next.message))
            end(std::nullopt);
    }

    void end(std::optional<RpcError> error) {
        is_over_ = true;
        error_ = std::move(error);
    }

    EnvelopeReader envelopes_;
    const std::function<bool(const std::string&)>& on_message_;
    std::optional<RpcError> error_;
    bool is_over_ = false;
};

}  // namespace

std::variant<std::string, RpcError> RpcClient::call(const std::string& path, const std::string& message) const {
    HttpCall call;
    call.request = request_of(path, connect::unary_type, message);
    call.request.headers.push_back({"Connect-Timeout-Ms", std::to_string(options_.deadline.count())});
    call.deadline = options_.deadline + std::chrono::seconds(1);  // the server's own answer to it says more
    const auto response =
        call_http({.socket_path = options_.socket_path, .body_size_max = options_.message_size_max}, call);
    if (!response)
        return error_of(response.error());
    if (response->status != 200 || !is_of_type(*response, connect::unary_type))
        return error_of(*response);
    return response->body;
}

std::optional<RpcError> RpcClient::stream(const std::string& path, const std::string& message,
                                          const std::function<bool(const std::string& message)>& on_message) const {
    StreamReader reader(options_.message_size_max, on_message);
    HttpCall call;
    call.request = request_of(path, connect::stream_type, envelope(0, message));
    call.deadline = options_.deadline;
    call.on_piece = [&](std::string_view piece) { return reader.take(piece); };
    const auto response = call_http({.socket_path = options_.socket_path}, call);
    if (reader.is_over())
        return reader.error();
    if (!response)
        return error_of(response.error());
    if (response->status != 200)
        return error_of(*response);
    return RpcError{RpcCode::unavailable, "the stream ended in the middle"};
}

}  // namespace noodstop::platform
