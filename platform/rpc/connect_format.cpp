// The two forms of the Connect protocol: unary calls with bare messages, and streams.
#include "platform/rpc/connect.hpp"
#include "platform/rpc/grpc.hpp"
#include "platform/rpc/wire_format.hpp"

namespace noodstop::platform {
namespace {

struct CodingHeaders {
    const char* coding;
    const char* accepted;
};

std::variant<RequestHead, RpcError> read_connect_head(const HttpRequest& request, const CodingHeaders& names) {
    RequestHead head;
    const auto version = find_header(request.headers, "Connect-Protocol-Version");
    if (version && *version != "1")
        return RpcError{RpcCode::invalid_argument, "Connect-Protocol-Version must be 1"};
    if (const auto timeout = find_header(request.headers, "Connect-Timeout-Ms")) {
        head.timeout = connect::timeout_in(*timeout);
        if (!head.timeout)
            return RpcError{RpcCode::invalid_argument, "Connect-Timeout-Ms must be a number of at most ten digits"};
    }
    const std::string coding = find_header(request.headers, names.coding).value_or("identity");
    head.is_compressed = coding == "gzip";
    if (!head.is_compressed && coding != "identity" && !coding.empty())
        return RpcError{RpcCode::unimplemented,
                        "content coding " + coding + " is not supported; supported: gzip, identity"};
    head.accepts_gzip = list_names(find_header(request.headers, names.accepted).value_or(std::string()), "gzip");
    auto metadata = grpc::metadata_in(request.headers);
    if (const auto* error = std::get_if<RpcError>(&metadata))
        return *error;
    head.metadata = std::get<HttpHeaders>(std::move(metadata));
    return head;
}

void append(HttpHeaders& to, const HttpHeaders& metadata, const std::string& prefix) {
    for (const HttpHeader& entry : grpc::encoded_metadata(metadata))
        to.push_back({prefix + entry.name, entry.value});
}

class ConnectUnaryFormat final : public WireFormat {
public:
    BodyForm body_form() const override { return BodyForm::bare; }

    std::variant<RequestHead, RpcError> read_head(const HttpRequest& request) const override {
        return read_connect_head(request, {"Content-Encoding", "Accept-Encoding"});
    }

    std::optional<HttpResponse> whole(const AnswerHead& head, std::string& message,
                                      const HttpHeaders& trailers) const override {
        HttpResponse response = stream_head(head);
        auto body = maybe_compressed(head.is_compressed, std::move(message));
        if (body.is_compressed)
            response.headers.push_back({"Content-Encoding", "gzip"});
        append(response.headers, trailers, "Trailer-");
        response.body = std::move(body.bytes);
        return response;
    }

    HttpResponse failure(const RpcError& error, const HttpHeaders& trailers) const override {
        HttpResponse response{http_status_of(error.code), {{"Content-Type", "application/json"}}, {}};
        append(response.headers, trailers, "Trailer-");
        response.body = connect::error_json(error);
        return response;
    }

    HttpResponse stream_head(const AnswerHead& head) const override {
        HttpResponse response{200, {{"Content-Type", connect::unary_type}, {"Accept-Encoding", "gzip"}}, {}};
        append(response.headers, head.metadata, {});
        return response;
    }

    // A unary answer is never a stream.
    std::string stream_message(bool, std::string message) const override { return message; }
    AnswerEnd stream_end(const RpcError*, const HttpHeaders&) const override { return {}; }
};

class ConnectStreamFormat final : public WireFormat {
public:
    BodyForm body_form() const override { return BodyForm::envelopes; }

    std::variant<RequestHead, RpcError> read_head(const HttpRequest& request) const override {
        return read_connect_head(request, {"Connect-Content-Encoding", "Connect-Accept-Encoding"});
    }

    std::optional<HttpResponse> whole(const AnswerHead&, std::string&, const HttpHeaders&) const override {
        return std::nullopt;
    }

    HttpResponse failure(const RpcError& error, const HttpHeaders& trailers) const override {
        HttpResponse response = stream_head({});
        response.body = stream_end(&error, trailers).body;
        return response;
    }

    HttpResponse stream_head(const AnswerHead& head) const override {
        HttpResponse response{200, {{"Content-Type", connect::stream_type}, {"Connect-Accept-Encoding", "gzip"}}, {}};
        if (head.is_compressed)
            response.headers.push_back({"Connect-Content-Encoding", "gzip"});
        append(response.headers, head.metadata, {});
        return response;
    }

    std::string stream_message(bool is_compressed, std::string message) const override {
        const auto content = maybe_compressed(is_compressed, std::move(message));
        return envelope(content.is_compressed ? compressed_flag : 0, content.bytes);
    }

    AnswerEnd stream_end(const RpcError* error, const HttpHeaders& trailers) const override {
        return {envelope(connect::end_flag, connect::end_json(error, grpc::encoded_metadata(trailers))), {}};
    }
};

}  // namespace

const WireFormat& connect_unary_format() {
    static const ConnectUnaryFormat format;
    return format;
}

const WireFormat& connect_stream_format() {
    static const ConnectStreamFormat format;
    return format;
}

}  // namespace noodstop::platform
