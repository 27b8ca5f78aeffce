#include "tests/tls/beast_http.hpp"

#include "platform/tls/beast_teardown.hpp"

#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>

namespace noodstop::testing {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;
using platform::tls::Stream;
using ErrorCode = boost::system::error_code;

static_assert(beast::is_async_stream<Stream>::value);

void end_stream(StreamPair& pair, Ending ending, ErrorCode& told) {
    if (ending == Ending::cut)
        return pair.server.reset();
    pair.server->async_shutdown(patience, [&](ErrorCode error) {
        told = error;
        pair.server.reset();
    });
}

template <class Condition>
void run(StreamPair& pair, const Condition& condition) {
    if (!run_until(pair.io, condition))
        throw std::runtime_error("nothing happened");
}

}  // namespace

HttpOutcome exchange_http(StreamPair& pair, const std::string& body, Ending ending) {
    HttpOutcome outcome;
    http::request<http::string_body> request(http::verb::post, "/echo", 11, body);
    request.prepare_payload();
    http::request_parser<http::string_body> received;
    received.body_limit(body.size() + 1);
    http::response_parser<http::string_body> answer;
    answer.body_limit(body.size() + 1);
    http::response<http::string_body> response(http::status::accepted, 11);
    beast::flat_buffer server_buffer;
    beast::flat_buffer client_buffer;
    bool is_answered = false;
    http::async_write(*pair.client, request, [](ErrorCode, std::size_t) {});
    http::async_read(*pair.server, server_buffer, received, [&](ErrorCode error, std::size_t) {
        if (error)
            return;
        outcome.request_body = received.get().body();
        response.body() = received.get().body();
        response.chunked(true);
        http::async_write(*pair.server, response,
                          [&](ErrorCode, std::size_t) { end_stream(pair, ending, outcome.server_end); });
    });
    http::async_read(*pair.client, client_buffer, answer, [&](ErrorCode error, std::size_t) {
        is_answered = true;
        outcome.status = error ? 0 : answer.get().result_int();
        outcome.response_body = answer.get().body();
    });
    run(pair, [&] { return is_answered; });
    http::response_parser<http::string_body> next;
    bool is_told = false;
    http::async_read(*pair.client, client_buffer, next, [&](ErrorCode error, std::size_t) {
        is_told = true;
        outcome.rest = error;
    });
    run(pair, [&] { return is_told; });
    return outcome;
}

boost::system::error_code read_until_end(StreamPair& pair, Ending ending) {
    const std::string text = "HTTP/1.1 200 OK\r\n\r\nall that there is";
    ErrorCode ignored;
    boost::asio::async_write(*pair.server, boost::asio::buffer(text),
                             [&](ErrorCode, std::size_t) { end_stream(pair, ending, ignored); });
    beast::flat_buffer buffer;
    http::response_parser<http::string_body> parser;
    std::optional<ErrorCode> told;
    http::async_read(*pair.client, buffer, parser, [&](ErrorCode error, std::size_t) { told = error; });
    run(pair, [&] { return told.has_value(); });
    return *told;
}

bool talk_by_websocket(StreamPair& pair) {
    beast::websocket::stream<Stream&> server(*pair.server);
    beast::websocket::stream<Stream&> client(*pair.client);
    beast::flat_buffer read;
    std::optional<ErrorCode> closed;
    std::optional<ErrorCode> server_end;
    server.async_accept([&](ErrorCode) {
        server.async_read(read, [&](ErrorCode, std::size_t) {
            server.async_read(read, [&](ErrorCode error, std::size_t) { server_end = error; });
        });
    });
    client.async_handshake("localhost", "/", [&](ErrorCode) {
        client.async_write(boost::asio::buffer("hello", 5), [&](ErrorCode, std::size_t) {
            client.async_close(beast::websocket::close_code::normal, [&](ErrorCode error) { closed = error; });
        });
    });
    run(pair, [&] { return closed && server_end; });
    return !*closed && *server_end == beast::websocket::error::closed &&
           beast::buffers_to_string(read.data()) == "hello";
}

}  // namespace noodstop::testing
