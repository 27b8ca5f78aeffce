#include "platform/rpc/server.hpp"

#include "platform/rpc/call.hpp"
#include "platform/rpc/connect.hpp"
#include "platform/rpc/http2_connection.hpp"

namespace noodstop::platform {
namespace {

constexpr auto stream_timeout_max = std::chrono::hours(24 * 365);  // more would be beyond what clocks count

struct Target {
    std::string path;
    std::string query;
};

Target target_of(const HttpRequest& request) {
    const std::size_t mark = std::min(request.target.find('?'), request.target.size());
    return {request.target.substr(0, mark), request.target.substr(std::min(mark + 1, request.target.size()))};
}

struct TypeRow {
    const char* type;
    const WireFormat& (*format)();
};

constexpr TypeRow type_rows[] = {
    {"application/proto", connect_unary_format},
    {"application/connect+proto", connect_stream_format},
    {"application/grpc", grpc_format},
    {"application/grpc+proto", grpc_format},
    {"application/grpc-web", grpc_web_format},
    {"application/grpc-web+proto", grpc_web_format},
    {"application/grpc-web-text", grpc_web_text_format},
    {"application/grpc-web-text+proto", grpc_web_text_format},
};

// Null where the content type is of none of the protocols.
const WireFormat* format_of(const HttpRequest& request) {
    const std::string type = media_type_of(request.headers);
    for (const TypeRow& row : type_rows)
        if (type == row.type)
            return &row.format();
    return nullptr;
}

bool is_connect(const WireFormat* format) {
    return format == &connect_unary_format() || format == &connect_stream_format();
}

// Connect has content types for unary calls and for streams, the others one for both.
bool is_of_shape(const WireFormat* format, RpcShape shape) {
    return !is_connect(format) || (format == &connect_unary_format()) == (shape == RpcShape::unary);
}

std::string accepted_types(RpcShape shape) {
    std::string types;
    for (const TypeRow& row : type_rows)
        if (is_of_shape(&row.format(), shape))
            types += (types.empty() ? "" : ", ") + std::string(row.type);
    return types;
}

HttpResponse error_response(unsigned status, const RpcError& error) {
    return {status, {{"Content-Type", "application/json"}}, connect::error_json(error)};
}

HttpLimits http_limits_of(const RpcLimits& limits) {
    HttpLimits result = limits.http;
    // In base64 everything takes a third more.
    result.body_size_max = (limits.message_size_max + envelope_header_size + 2) / 3 * 4;
    result.answer_deadline = std::max(result.answer_deadline, limits.timeout_max + std::chrono::seconds(1));
    return result;
}

// A request on its way to its handler.
struct Arrival {
    HttpRequest request;
    std::shared_ptr<HttpExchange> exchange;
    Target target;
    const WireFormat* format = nullptr;
};

}  // namespace

struct RpcServer::Impl {
    Impl(boost::asio::io_context& io_context, RpcServerOptions options)
        : io(io_context),
          limits(options.limits),
          services(std::move(options.services)),
          shared(std::make_shared<CallShared>(CallShared{std::move(options.hooks), limits.message_size_max})),
          server(io_context, {http_limits_of(limits), handler(), [this](ConnectionPlace place) {
                                  return make_http2(std::move(place), limits.http2, handler());
                              }}) {}

    HttpHandler handler() {
        return [this](HttpRequest request, std::shared_ptr<HttpExchange> exchange) {
            Target target = target_of(request);
            const WireFormat* format = format_of(request);
            take({std::move(request), std::move(exchange), std::move(target), format});
        };
    }

    void take(Arrival arrival) {
        const auto found = services.find(arrival.target.path);
        if (found == services.end())
            return refuse_unknown(arrival);
        const RpcMethod& method = found->second;
        if (arrival.request.method == "GET" && method.has_no_side_effects && method.shape == RpcShape::unary)
            return take_get(std::move(arrival), method);
        if (arrival.request.method != "POST")
            return refuse_http(arrival, {405, {{"Allow", "POST"}}, {}}, "a call is a POST");
        if (arrival.format == nullptr || !is_of_shape(arrival.format, method.shape))
            return refuse_http(arrival, {415, {{"Accept-Post", accepted_types(method.shape)}}, {}},
                               "the content type is of no protocol that is spoken here for this method");
        if (arrival.request.version == HttpVersion::one &&
            (arrival.format == &grpc_format() || method.shape == RpcShape::two_way))
            return refuse_http(arrival, {505, {}, {}}, "this needs HTTP/2");
        admit(std::move(arrival), method);
    }

    void take_get(Arrival arrival, const RpcMethod& method) {
        arrival.format = &connect_unary_format();
        auto question = connect::question_in(arrival.target.query);
        if (const auto* error = std::get_if<RpcError>(&question))
            return refuse(arrival, RpcRefusalKind::malformed, *error);
        auto& asked = std::get<connect::Question>(question);
        if (asked.encoding != "proto")
            return refuse_http(arrival, {415, {}, {}}, "the encoding must be proto");
        if (!asked.compression.empty())
            arrival.request.headers.push_back({"Content-Encoding", std::move(asked.compression)});
        arrival.request.body = std::move(asked.message);
        arrival.request.is_whole = true;
        admit(std::move(arrival), method);
    }

    void admit(Arrival arrival, const RpcMethod& method) {
        if (const auto error = shared->hooks.authorize
                                   ? shared->hooks.authorize({arrival.exchange->peer(), arrival.target.path, method})
                                   : std::nullopt)
            return refuse(arrival, RpcRefusalKind::unauthorized, *error);
        if (arrival.request.is_body_too_large)
            return refuse(arrival, RpcRefusalKind::over_limit,
                          {RpcCode::resource_exhausted, "the message is too large"});
        if (!has_place(method, arrival.exchange->peer()))
            return refuse(arrival, RpcRefusalKind::over_limit,
                          {RpcCode::resource_exhausted, method.shape == RpcShape::unary ? "too many calls are under way"
                                                                                        : "too many streams are open"});
        auto head = arrival.format->read_head(arrival.request);
        if (const auto* error = std::get_if<RpcError>(&head))
            return refuse(arrival, RpcRefusalKind::malformed, *error);
        begin(std::move(arrival), method, std::get<RequestHead>(std::move(head)));
    }

    void begin(Arrival arrival, const RpcMethod& method, RequestHead head) {
        const auto timeout = timeout_of(method, head);
        if (timeout.count() == 0)  // nobody waits for the answer: an order would be given that is told as failed
            return refuse(arrival, RpcRefusalKind::over_limit,
                          {RpcCode::deadline_exceeded, "the deadline of the call has passed"});
        start_call(io, shared, {arrival.format, method, std::move(arrival.target.path), std::move(head), timeout},
                   std::move(arrival.exchange), {std::move(arrival.request.body), arrival.request.is_whole});
    }

    bool has_place(const RpcMethod& method, const Peer& peer) const {
        const std::string caller = counted_as(peer);
        if (method.shape == RpcShape::unary)
            return shared->unary.has_room(caller, {limits.unary_max, limits.unary_per_caller_max});
        return shared->streams.has_room(caller, {limits.streams_max, limits.streams_per_caller_max});
    }

    // A stream's deadline ends it too; without one it may go on for as long as the client likes.
    std::chrono::milliseconds timeout_of(const RpcMethod& method, const RequestHead& head) const {
        if (method.shape == RpcShape::unary)
            return head.timeout ? std::min(*head.timeout, limits.timeout_max) : limits.timeout_max;
        return head.timeout ? std::min<std::chrono::milliseconds>(*head.timeout, stream_timeout_max)
                            : std::chrono::milliseconds::max();
    }

    void tell_refusal(const Arrival& arrival, RpcRefusalKind kind, const RpcError& error) const {
        if (shared->hooks.refused)
            shared->hooks.refused({kind, arrival.exchange->peer(), arrival.target.path, error});
    }

    // As the protocol tells an error.
    void refuse(const Arrival& arrival, RpcRefusalKind kind, const RpcError& error) const {
        tell_refusal(arrival, kind, error);
        arrival.exchange->respond(arrival.format->failure(error, {}));
    }

    // As HTTP does, before there is a protocol.
    void refuse_http(const Arrival& arrival, HttpResponse response, const char* why) const {
        tell_refusal(arrival, RpcRefusalKind::malformed, {rpc_code_of_http(response.status), why});
        arrival.exchange->respond(std::move(response));
    }

    void refuse_unknown(const Arrival& arrival) const {
        const RpcError error{RpcCode::unimplemented, "no procedure " + arrival.target.path};
        if (arrival.format != nullptr && !is_connect(arrival.format))
            return refuse(arrival, RpcRefusalKind::unknown, error);
        tell_refusal(arrival, RpcRefusalKind::unknown, error);
        arrival.exchange->respond(error_response(404, error));
    }

    boost::asio::io_context& io;
    RpcLimits limits;
    ServiceTable services;
    std::shared_ptr<CallShared> shared;
    HttpServer server;  // last: it calls the others
};

RpcServer::RpcServer(boost::asio::io_context& io, RpcServerOptions options)
    : impl_(std::make_shared<Impl>(io, std::move(options))) {}

RpcServer::~RpcServer() = default;

void RpcServer::listen(FileDescriptor listening_socket) {
    impl_->server.listen(std::move(listening_socket));
}

void RpcServer::serve(std::unique_ptr<ByteStream> stream) {
    impl_->server.serve(std::move(stream));
}

void RpcServer::shut_down() {
    impl_->server.shut_down();
}

std::size_t RpcServer::connection_count() const {
    return impl_->server.connection_count();
}

std::size_t RpcServer::stream_count() const {
    return impl_->shared->streams.total();
}

}  // namespace noodstop::platform
