#include "platform/rpc/server.hpp"

#include <boost/asio/steady_timer.hpp>

namespace noodstop::platform {
namespace {

HttpResponse error_response(unsigned status, const RpcError& error) {
    return {status, {{"Content-Type", "application/json"}}, connect::error_json(error)};
}

HttpResponse error_response(const RpcError& error) {
    return error_response(http_status_of(error.code), error);
}

// The media type without parameters, in lower case.
std::string media_type_of(const HttpRequest& request) {
    std::string type = find_header(request.headers, "Content-Type").value_or("");
    type.resize(std::min(type.find(';'), type.size()));
    while (!type.empty() && type.back() == ' ')
        type.pop_back();
    for (char& letter : type)
        letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
    return type;
}

std::optional<RpcError> problem_of_coding(const HttpRequest& request, const char* header) {
    const std::string coding = find_header(request.headers, header).value_or("identity");
    if (coding == "identity" || coding.empty())
        return std::nullopt;
    return RpcError{RpcCode::unimplemented, "content coding " + coding + " is not supported; supported: identity"};
}

// Rules that hold for unary calls and streams alike.
std::optional<RpcError> problem_of_headers(const HttpRequest& request, const RpcMethod& method) {
    const auto version = find_header(request.headers, "Connect-Protocol-Version");
    if (version && *version != "1")
        return RpcError{RpcCode::invalid_argument, "Connect-Protocol-Version must be 1"};
    const auto timeout = find_header(request.headers, "Connect-Timeout-Ms");
    if (timeout && !connect::timeout_in(*timeout))
        return RpcError{RpcCode::invalid_argument, "Connect-Timeout-Ms must be a number of at most ten digits"};
    return problem_of_coding(request, method.streams ? "Connect-Content-Encoding" : "Content-Encoding");
}

RpcError deadline_passed() {
    return {RpcCode::deadline_exceeded, "the deadline of the call has passed"};
}

// Holds the timer of the call's deadline: what was answered waits for none, however fast a client asks.
class TimedResponder : public RpcResponder {
public:
    void hold(std::unique_ptr<boost::asio::steady_timer> timer) { timer_ = std::move(timer); }

private:
    std::unique_ptr<boost::asio::steady_timer> timer_;
};

class UnaryResponder : public TimedResponder {
public:
    explicit UnaryResponder(std::shared_ptr<HttpExchange> exchange) : exchange_(std::move(exchange)) {}
    void answer(std::string message) override {
        exchange_->respond({200, {{"Content-Type", connect::unary_type}}, std::move(message)});
    }
    bool send(std::string) override { return false; }
    void finish() override { fail({RpcCode::internal, "a unary call ended without an answer"}); }
    void fail(RpcError error) override { exchange_->respond(error_response(error)); }
    bool is_open() const override { return exchange_->is_open(); }
    void when_gone(std::function<void()> gone) override { exchange_->when_gone(std::move(gone)); }

private:
    std::shared_ptr<HttpExchange> exchange_;
};

class StreamResponder : public TimedResponder {
public:
    StreamResponder(std::shared_ptr<HttpExchange> exchange, std::shared_ptr<std::size_t> stream_count)
        : exchange_(std::move(exchange)), stream_count_(std::move(stream_count)) {
        ++*stream_count_;
        exchange_->begin_stream({200, {{"Content-Type", connect::stream_type}}, {}});
    }
    ~StreamResponder() override {
        end(nullptr);
        --*stream_count_;
    }
    void answer(std::string message) override {
        send(std::move(message));
        finish();
    }
    bool send(std::string message) override { return exchange_->send_chunk(connect::envelope(0, message)); }
    void finish() override { end(nullptr); }
    void fail(RpcError error) override { end(&error); }
    bool is_open() const override { return exchange_->is_open(); }
    void when_gone(std::function<void()> gone) override { exchange_->when_gone(std::move(gone)); }

private:
    void end(const RpcError* error) {
        exchange_->send_chunk(connect::envelope(connect::end_flag, connect::end_json(error)));
        exchange_->end_stream();
    }

    std::shared_ptr<HttpExchange> exchange_;
    std::shared_ptr<std::size_t> stream_count_;
};

}  // namespace

struct RpcServer::Impl {
    Impl(boost::asio::io_context& io_context, FileDescriptor listening_socket, RpcLimits given_limits,
         ServiceTable given_services)
        : io(io_context),
          limits(given_limits),
          services(std::move(given_services)),
          server(io_context, std::move(listening_socket), http_limits(given_limits),
                 [this](HttpRequest request, std::shared_ptr<HttpExchange> exchange) {
                     take(std::move(request), std::move(exchange));
                 }) {}

    static HttpLimits http_limits(const RpcLimits& limits) {
        HttpLimits result = limits.http;
        result.body_size_max = limits.message_size_max + connect::envelope_header_size;
        result.answer_deadline = std::max(result.answer_deadline, limits.timeout_max + std::chrono::seconds(1));
        return result;
    }

    void take(HttpRequest request, std::shared_ptr<HttpExchange> exchange) {
        const auto found = services.find(request.target);
        if (found == services.end())
            return exchange->respond(error_response(404, {RpcCode::unimplemented, "no procedure " + request.target}));
        if (request.method != "POST")
            return exchange->respond({405, {{"Allow", "POST"}}, {}});
        const RpcMethod& method = found->second;
        const char* type = method.streams ? connect::stream_type : connect::unary_type;
        if (media_type_of(request) != type)
            return exchange->respond({415, {{"Accept-Post", type}}, {}});
        if (method.streams)
            take_stream(method, std::move(request), std::move(exchange));
        else
            take_unary(method, std::move(request), std::move(exchange));
    }

    void take_unary(const RpcMethod& method, HttpRequest request, std::shared_ptr<HttpExchange> exchange) {
        if (const auto problem = problem_of_headers(request, method))
            return exchange->respond(error_response(*problem));
        if (request.body.size() > limits.message_size_max)
            return exchange->respond(error_response({RpcCode::resource_exhausted, "the message is too large"}));
        const auto timeout = timeout_of(request);
        if (timeout.count() == 0)  // nobody waits for the answer: an order would be given that is told as failed
            return exchange->respond(error_response(deadline_passed()));
        const auto responder = std::make_shared<UnaryResponder>(exchange);
        fail_after(timeout, responder);
        method.handle({std::move(request.body), exchange->peer(), exchange->socket()}, responder);
    }

    std::chrono::milliseconds timeout_of(const HttpRequest& request) const {
        const auto timeout = find_header(request.headers, "Connect-Timeout-Ms");
        return timeout ? std::min(*connect::timeout_in(*timeout), limits.timeout_max) : limits.timeout_max;
    }

    // A stream's deadline ends it too; without one it may go on for as long as the client likes.
    void take_stream(const RpcMethod& method, HttpRequest request, std::shared_ptr<HttpExchange> exchange) {
        const bool room = *stream_count < limits.streams_max;
        const auto responder = std::make_shared<StreamResponder>(exchange, stream_count);
        if (!room)
            return responder->fail({RpcCode::resource_exhausted, "too many streams are open"});
        if (const auto problem = problem_of_headers(request, method))
            return responder->fail(*problem);
        auto message = connect::only_message(request.body);
        if (const auto* problem = std::get_if<RpcError>(&message))
            return responder->fail(*problem);
        if (const auto timeout = find_header(request.headers, "Connect-Timeout-Ms"))
            fail_after(*connect::timeout_in(*timeout), responder);
        method.handle({std::get<std::string>(std::move(message)), exchange->peer(), exchange->socket()}, responder);
    }

    void fail_after(std::chrono::milliseconds time, const std::shared_ptr<TimedResponder>& responder) {
        auto timer = std::make_unique<boost::asio::steady_timer>(io, time);
        timer->async_wait([waiting = std::weak_ptr(responder)](boost::system::error_code error) {
            const auto still_there = waiting.lock();
            if (!error && still_there && still_there->is_open())
                still_there->fail(deadline_passed());
        });
        responder->hold(std::move(timer));
    }

    boost::asio::io_context& io;
    RpcLimits limits;
    ServiceTable services;
    std::shared_ptr<std::size_t> stream_count = std::make_shared<std::size_t>(0);
    HttpServer server;  // last: it calls the others
};

RpcServer::RpcServer(boost::asio::io_context& io, FileDescriptor listening_socket, RpcLimits limits,
                     ServiceTable services)
    : impl_(std::make_shared<Impl>(io, std::move(listening_socket), limits, std::move(services))) {}

RpcServer::~RpcServer() = default;

std::size_t RpcServer::connection_count() const {
    return impl_->server.connection_count();
}

std::size_t RpcServer::stream_count() const {
    return *impl_->stream_count;
}

}  // namespace noodstop::platform
