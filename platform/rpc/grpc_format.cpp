// gRPC over HTTP/2, whose status comes in trailers, and gRPC-Web, whose trailers are the last part of the body.
#include "platform/rpc/base64.hpp"
#include "platform/rpc/grpc.hpp"
#include "platform/rpc/wire_format.hpp"

namespace noodstop::platform {
namespace {

constexpr const char* coding_header = "grpc-encoding";
constexpr const char* accepted_header = "grpc-accept-encoding";

std::variant<RequestHead, RpcError> read_grpc_head(const HttpRequest& request) {
    RequestHead head;
    if (const auto timeout = find_header(request.headers, "grpc-timeout")) {
        head.timeout = grpc::timeout_in(*timeout);
        if (!head.timeout)
            return RpcError{RpcCode::invalid_argument, "grpc-timeout must be at most eight digits and a unit"};
    }
    const std::string coding = find_header(request.headers, coding_header).value_or("identity");
    head.is_compressed = coding == "gzip";
    if (!head.is_compressed && coding != "identity" && !coding.empty())
        return RpcError{RpcCode::unimplemented, "message coding " + coding + " is not supported; supported: gzip"};
    head.accepts_gzip = list_names(find_header(request.headers, accepted_header).value_or(std::string()), "gzip");
    auto metadata = grpc::metadata_in(request.headers);
    if (const auto* error = std::get_if<RpcError>(&metadata))
        return *error;
    head.metadata = std::get<HttpHeaders>(std::move(metadata));
    return head;
}

HttpResponse grpc_head(const char* type, const AnswerHead& head) {
    HttpResponse response{200, {{"content-type", type}, {accepted_header, "gzip, identity"}}, {}};
    if (head.is_compressed)
        response.headers.push_back({coding_header, "gzip"});
    const HttpHeaders metadata = grpc::encoded_metadata(head.metadata);
    response.headers.insert(response.headers.end(), metadata.begin(), metadata.end());
    return response;
}

std::string grpc_message(bool is_compressed, std::string message) {
    const auto content = maybe_compressed(is_compressed, std::move(message));
    return envelope(content.is_compressed ? compressed_flag : 0, content.bytes);
}

class GrpcFormat final : public WireFormat {
public:
    BodyForm body_form() const override { return BodyForm::envelopes; }

    std::variant<RequestHead, RpcError> read_head(const HttpRequest& request) const override {
        return read_grpc_head(request);
    }

    std::optional<HttpResponse> whole(const AnswerHead&, std::string&, const HttpHeaders&) const override {
        return std::nullopt;
    }

    // Headers that are trailers at the same time.
    HttpResponse failure(const RpcError& error, const HttpHeaders& trailers) const override {
        HttpResponse response = stream_head({});
        const HttpHeaders end = grpc::trailers_for(&error, trailers);
        response.headers.insert(response.headers.end(), end.begin(), end.end());
        return response;
    }

    HttpResponse stream_head(const AnswerHead& head) const override { return grpc_head(grpc::type, head); }

    std::string stream_message(bool is_compressed, std::string message) const override {
        return grpc_message(is_compressed, std::move(message));
    }

    AnswerEnd stream_end(const RpcError* error, const HttpHeaders& trailers) const override {
        return {{}, grpc::trailers_for(error, trailers)};
    }
};

class GrpcWebFormat final : public WireFormat {
public:
    explicit GrpcWebFormat(bool is_text) : is_text_(is_text) {}

    BodyForm body_form() const override { return is_text_ ? BodyForm::base64 : BodyForm::envelopes; }

    std::variant<RequestHead, RpcError> read_head(const HttpRequest& request) const override {
        return read_grpc_head(request);
    }

    std::optional<HttpResponse> whole(const AnswerHead& head, std::string& message,
                                      const HttpHeaders& trailers) const override {
        HttpResponse response = stream_head(head);
        response.body = stream_message(head.is_compressed, std::move(message)) + stream_end(nullptr, trailers).body;
        return response;
    }

    HttpResponse failure(const RpcError& error, const HttpHeaders& trailers) const override {
        HttpResponse response = stream_head({});
        response.body = stream_end(&error, trailers).body;
        return response;
    }

    HttpResponse stream_head(const AnswerHead& head) const override {
        return grpc_head(is_text_ ? grpc::web_text_type : grpc::web_type, head);
    }

    std::string stream_message(bool is_compressed, std::string message) const override {
        return coded(grpc_message(is_compressed, std::move(message)));
    }

    AnswerEnd stream_end(const RpcError* error, const HttpHeaders& trailers) const override {
        return {coded(envelope(grpc::trailers_flag, grpc::trailers_text(grpc::trailers_for(error, trailers)))), {}};
    }

private:
    std::string coded(std::string bytes) const { return is_text_ ? base64_of(bytes) : std::move(bytes); }

    bool is_text_;
};

}  // namespace

const WireFormat& grpc_format() {
    static const GrpcFormat format;
    return format;
}

const WireFormat& grpc_web_format() {
    static const GrpcWebFormat format(false);
    return format;
}

const WireFormat& grpc_web_text_format() {
    static const GrpcWebFormat format(true);
    return format;
}

}  // namespace noodstop::platform
