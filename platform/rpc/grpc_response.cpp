#include "platform/rpc/grpc_response.hpp"

#include "platform/rpc/grpc.hpp"

#include <nghttp2/nghttp2.h>

#include <charconv>

namespace noodstop::platform {
namespace {

constexpr std::size_t header_overhead_bytes = 32;  // RFC 7541, 4.1
constexpr unsigned status_good = 200;

// As gRPC's description of HTTP/2 maps them.
RpcCode code_of_reset(std::uint32_t reset) {
    switch (reset) {
        case NGHTTP2_REFUSED_STREAM:
            return RpcCode::unavailable;
        case NGHTTP2_CANCEL:
            return RpcCode::canceled;
        case NGHTTP2_ENHANCE_YOUR_CALM:
            return RpcCode::resource_exhausted;
        case NGHTTP2_INADEQUATE_SECURITY:
            return RpcCode::permission_denied;
        default:
            return RpcCode::internal;
    }
}

unsigned status_in(const HttpHeaders& headers) {
    const std::string text = find_header(headers, ":status").value_or(std::string());
    unsigned status = 0;
    std::from_chars(text.data(), text.data() + text.size(), status);
    return status;
}

}  // namespace

bool GrpcResponse::put_header(std::string_view name, std::string_view value) {
    header_size_ += name.size() + value.size() + header_overhead_bytes;
    if (header_size_ > limits_.header_list_size_max)
        return fail(RpcCode::resource_exhausted, "the answer's headers are too large");
    (has_head_ ? trailers_ : headers_).push_back({std::string(name), std::string(value)});
    return true;
}

void GrpcResponse::headers_ended(bool is_last) {
    const bool is_preliminary = !has_head_ && status_in(headers_) / 100 == 1;
    if (is_preliminary)
        headers_.clear();
    else if (!has_head_)
        read_head();
    if (!is_last)
        return;
    has_ended_ = true;
    if (trailers_.empty())  // headers that are trailers at the same time
        trailers_ = headers_;
}

void GrpcResponse::read_head() {
    has_head_ = true;
    const std::string type = media_type_of(headers_);
    const bool is_grpc = type == "application/grpc" || type == grpc::type;
    if (status_in(headers_) != status_good || !is_grpc)
        return;  // there is no message in it that could be read
    MessageReaderOptions options;
    options.form = BodyForm::envelopes;
    options.is_compressed = find_header(headers_, "grpc-encoding") == "gzip";
    options.message_size_max = limits_.message_size_max;
    reader_.emplace(options);
}

bool GrpcResponse::put_data(std::string_view bytes) {
    if (!reader_)
        return true;  // e.g. the text of a proxy's error
    reader_->put(bytes);
    return read_messages();
}

bool GrpcResponse::read_messages() {
    for (auto taken = reader_->take(); taken.index() != 0; taken = reader_->take()) {
        if (const auto* error = std::get_if<RpcError>(&taken)) {
            problem_ = *error;
            return false;
        }
        if (message_)
            return fail(RpcCode::internal, "the answer has more than one message");
        message_ = std::get<std::string>(std::move(taken));
    }
    return true;
}

bool GrpcResponse::fail(RpcCode code, const char* why) {
    problem_ = RpcError{code, why};
    return false;
}

RpcError GrpcResponse::error_without_status() const {
    const unsigned status = status_in(headers_);
    if (status != status_good)
        return {rpc_code_of_http(status), "the server answered with HTTP status " + std::to_string(status)};
    return {RpcCode::unknown, "the answer is not of gRPC"};
}

GrpcResult GrpcResponse::result(std::uint32_t reset) {
    if (problem_)
        return *problem_;
    if (has_head_ && !reader_ && !find_header(headers_, "grpc-status"))
        return error_without_status();
    if (!has_ended_)
        return RpcError{code_of_reset(reset), "the stream was closed without an answer"};
    if (const auto error = grpc::error_in_trailers(trailers_))
        return *error;
    if (!message_)
        return RpcError{RpcCode::internal, "the answer has no message"};
    return std::move(*message_);
}

}  // namespace noodstop::platform
