#include "platform/http/client.hpp"

#include <boost/beast/http.hpp>
#include <fmt/format.h>

#include <cerrno>
#include <limits>
#include <poll.h>
#include <sstream>

namespace noodstop::platform {
namespace {

namespace http = boost::beast::http;
using Parser = http::response_parser<http::string_body>;
using TimePoint = std::chrono::steady_clock::time_point;

constexpr std::uint32_t header_size_max = 16 * 1024;
constexpr std::size_t receive_size = 64 * 1024;

Error too_late() {
    return {ETIMEDOUT, "no answer within the deadline"};
}

// True when the socket is ready, false at the deadline.
bool wait_for(int socket, short events, TimePoint deadline) {
    for (;;) {
        int timeout = -1;
        if (deadline != TimePoint::max()) {
            const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
            timeout = static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, std::numeric_limits<int>::max()));
        }
        pollfd wanted{socket, events, 0};
        const int ready = ::poll(&wanted, 1, timeout);
        if (ready > 0)
            return true;
        if (ready == 0)
            return false;
    }
}

std::string text_of(const HttpRequest& request) {
    http::request<http::string_body> message;
    message.version(11);
    message.method_string(request.method);
    message.target(request.target);
    message.set(http::field::host, "localhost");
    message.keep_alive(false);
    for (const HttpHeader& header : request.headers)
        message.set(header.name, header.value);
    message.body() = request.body;
    message.prepare_payload();
    std::ostringstream text;
    text << message;
    return text.str();
}

Status send_all(int socket, std::string_view bytes, TimePoint deadline) {
    while (!bytes.empty()) {
        const auto sent = send_now(socket, bytes, -1);
        if (sent)
            bytes.remove_prefix(*sent);
        else if (sent.error().number != EAGAIN)
            return sent.error();
        else if (!wait_for(socket, POLLOUT, deadline))
            return too_late();
    }
    return Done{};
}

// Reads the answer piece by piece, as the parser takes it.
class Answer {
public:
    Answer(int socket, const HttpClientOptions& options, const HttpCall& call, TimePoint deadline)
        : socket_(socket), call_(call), deadline_(deadline) {
        parser_.eager(true);
        parser_.header_limit(header_size_max);
        if (call.on_piece)
            parser_.body_limit(boost::none);
        else
            parser_.body_limit(options.body_size_max);
    }

    Result<HttpResponse> read() {
        while (!parser_.is_done() && !is_ended_)
            if (Status status = read_more(); !status)
                return status.error();
        return response();
    }

private:
    Status read_more() {
        if (!wait_for(socket_, POLLIN, deadline_))
            return too_late();
        auto received = receive_now(socket_, receive_size);
        if (!received)
            return received.error().number == EAGAIN ? Status(Done{}) : Status(received.error());
        if (received->bytes.empty() && !parser_.got_some())  // the parser takes an end only after a beginning
            return Error{ECONNRESET, "the connection was closed without an answer"};
        boost::system::error_code error;
        if (received->bytes.empty())
            parser_.put_eof(error);
        else
            parse(received->bytes, error);
        if (error && error != http::error::need_more)
            return Error{EPROTO, "the answer is broken: " + error.message()};
        if (received->bytes.empty() && !parser_.is_done())
            return Error{EPROTO, "the answer ends in the middle"};
        hand_out_piece();
        return Done{};
    }

    void parse(std::string_view bytes, boost::system::error_code& error) {
        waiting_ += bytes;
        std::size_t at = 0;
        while (at < waiting_.size() && !parser_.is_done()) {
            const std::size_t taken =
                parser_.put(boost::asio::buffer(waiting_.data() + at, waiting_.size() - at), error);
            at += taken;
            if (error || taken == 0)
                break;
        }
        waiting_.erase(0, at);
    }

    bool is_streamed() const { return call_.on_piece && parser_.is_header_done() && parser_.get().result_int() == 200; }

    void hand_out_piece() {
        if (!is_streamed())
            return;
        deadline_ = TimePoint::max();
        std::string& body = parser_.get().body();
        if (!body.empty())
            is_ended_ = !call_.on_piece(body);
        body.clear();
    }

    HttpResponse response() {
        const auto& message = parser_.get();
        HttpResponse result;
        result.status = message.result_int();
        for (const auto& field : message)
            result.headers.push_back({std::string(field.name_string()), std::string(field.value())});
        result.body = message.body();
        return result;
    }

    int socket_;
    const HttpCall& call_;
    TimePoint deadline_;
    Parser parser_;
    std::string waiting_;  // of a header or chunk that is not whole yet
    bool is_ended_ = false;
};

}  // namespace

Result<HttpResponse> call_http(const HttpClientOptions& options, const HttpCall& call) {
    const auto socket = connect_unix(options.socket_path, options.connect_deadline);
    if (!socket)
        return socket.error();
    const TimePoint deadline = std::chrono::steady_clock::now() + call.deadline;
    // A server that refuses early may close before it has read everything; its answer is there nevertheless.
    const Status sent = send_all(socket->number(), text_of(call.request), deadline);
    if (!sent && sent.error().number != EPIPE)
        return sent.error();
    return Answer(socket->number(), options, call, deadline).read();
}

}  // namespace noodstop::platform
