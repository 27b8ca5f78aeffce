// The server on real sockets: our gRPC client over TCP and the unix socket, and raw bytes.
#include "platform/http/client_connection.hpp"
#include "platform/net/socket_stream.hpp"
#include "platform/rpc/envelope.hpp"
#include "tests/rpc/frames.hpp"
#include "tests/rpc/live_server.hpp"

#include <doctest/doctest.h>
#include <nghttp2/nghttp2.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstring>

using namespace noodstop::platform;
using namespace noodstop::test;
using namespace std::chrono_literals;

namespace {

RpcCode code_of(const GrpcResult& result) {
    REQUIRE(std::holds_alternative<RpcError>(result));
    return std::get<RpcError>(result).code;
}

std::string text_of(const GrpcResult& result) {
    REQUIRE(std::holds_alternative<std::string>(result));
    return std::get<std::string>(result);
}

std::string http_request(const std::string& path, const std::string& headers, const std::string& body) {
    return "POST " + path + " HTTP/1.1\r\nHost: x\r\n" + headers + "Content-Length: " + std::to_string(body.size()) +
           "\r\n\r\n" + body;
}

bool holds(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

bool ends_in_trailers(const std::string& bytes) {
    const auto frames = frames_in(bytes);
    return std::any_of(frames.begin(), frames.end(), [](const Frame& frame) {
        return frame.type == FrameType::headers && (frame.flags & end_stream) != 0;
    });
}

void send_all(const FileDescriptor& socket, const std::string& bytes) {
    REQUIRE(::send(socket.number(), bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size()));
}

}  // namespace

TEST_CASE("a gRPC call is answered over TCP and over the unix socket") {
    LiveServer server;
    for (const Road road : {Road::tcp, Road::unix_socket}) {
        LiveClient client(server, road);
        CHECK(text_of(client.ask(path::echo, echo_message("hello"))) == echo_message("hello"));
        CHECK(text_of(client.ask(path::echo, "")).empty());
        CHECK(code_of(client.ask(path::fail, fail_message(RpcCode::data_loss, "gone"))) == RpcCode::data_loss);
        CHECK(code_of(client.ask("/echo.v1.EchoService/Nothing", "")) == RpcCode::unimplemented);
        CHECK(code_of(client.ask("/echo.v1.Nothing/Echo", "")) == RpcCode::unimplemented);
    }
}

TEST_CASE("a message larger than allowed is refused in time, and the connection goes on") {
    LiveServer server;
    LiveClient client(server, Road::tcp);
    CHECK(code_of(client.ask(path::echo, std::string(65'537, 'x'))) == RpcCode::resource_exhausted);
    CHECK(code_of(client.ask(path::echo, std::string(3'000'000, 'x'))) == RpcCode::resource_exhausted);
    CHECK(text_of(client.ask(path::echo, std::string(65'536, 'x'))).size() == 65'536);
    CHECK(server.service.call_count == 1);
}

TEST_CASE("the server ends a call at the deadline that the client named, also when the client does not") {
    LiveServer server;
    const std::string answer =
        server.talk(Road::tcp, http_request(path::silent,
                                            "Content-Type: application/proto\r\nConnection: close\r\n"
                                            "Connect-Timeout-Ms: 50\r\n",
                                            ""));
    CHECK(holds(answer, "HTTP/1.1 504"));
    CHECK(holds(answer, "deadline_exceeded"));

    const std::string web = server.talk(
        Road::tcp,
        http_request(path::quiet, "Content-Type: application/grpc-web\r\ngrpc-timeout: 50m\r\n", envelope(0, "")));
    CHECK(holds(web, "grpc-status: 4"));

    HttpHeaders headers = request_headers(path::silent);
    headers.push_back({"grpc-timeout", "50m"});
    const FileDescriptor socket = server.connect(Road::tcp);
    const std::string bytes = client_beginning() +
                              bytes_of({FrameType::headers, end_headers, 1, header_block(headers)}) +
                              bytes_of({FrameType::data, end_stream, 1, envelope(0, "")});
    send_all(socket, bytes);
    std::string received;
    while (!ends_in_trailers(received)) {
        std::array<char, 4096> buffer;
        const ssize_t size = ::recv(socket.number(), buffer.data(), buffer.size(), 0);
        REQUIRE(size > 0);
        received.append(buffer.data(), static_cast<std::size_t>(size));
    }
    CHECK(server.service.abandoned_count == 0);
}

TEST_CASE("a call whose deadline has passed before it came reaches no handler") {
    LiveServer server;
    LiveClient client(server, Road::tcp);
    CHECK(code_of(client.ask(path::echo, "", 0ms)) == RpcCode::deadline_exceeded);
    CHECK(text_of(client.ask(path::echo, echo_message("next"))) == echo_message("next"));
    CHECK(server.service.call_count == 1);
}

TEST_CASE("a client that gives up or goes is told to the handler") {
    LiveServer server;
    {
        LiveClient client(server, Road::tcp);
        client.start(path::silent, "", 300ms);
        REQUIRE(client.wait_for_answers(1));
        CHECK(code_of(client.answers[0]) == RpcCode::deadline_exceeded);
        client.start(path::silent, "");
        client.start(path::quiet, "");
        client.io.run_for(10ms);
        CHECK(LiveServer::soon([&] {
            client.io.restart();
            client.io.run_for(1ms);
            return server.service.call_count == 3;
        }));
    }
    CHECK(LiveServer::soon([&] { return server.service.abandoned_count >= 2; }));
    CHECK(LiveServer::soon([&] { return server.server->connection_count() == 0; }));
}

TEST_CASE("what is refused is told, with the peer, the path and the reason") {
    LiveServer server;
    LiveClient client(server, Road::tcp);
    (void)client.ask(path::forbidden, "");
    (void)client.ask("/echo.v1.EchoService/Nothing", "");
    (void)client.ask(path::echo, std::string(65'537, 'x'));
    (void)server.talk(Road::unix_socket,
                      http_request(path::echo, "Content-Type: text/plain\r\nConnection: close\r\n", ""));
    REQUIRE(LiveServer::soon([&] { return server.service.refused_count == 4; }));
    server.on_server([&] {
        const auto& refusals = server.service.refusals;
        CHECK(refusals[0].kind == RpcRefusalKind::unauthorized);
        CHECK(refusals[0].path == path::forbidden);
        CHECK(holds(refusals[0].peer.address, "127.0.0.1:"));
        CHECK(refusals[1].kind == RpcRefusalKind::unknown);
        CHECK(refusals[2].kind == RpcRefusalKind::over_limit);
        CHECK(refusals[3].kind == RpcRefusalKind::malformed);
        CHECK(credentials_of(refusals[3].peer) != nullptr);
    });
    CHECK(server.service.call_count == 0);
}

TEST_CASE("more unary calls than allowed are refused until those before them are over") {
    RpcLimits limits;
    limits.unary_max = 3;
    LiveServer server(limits);
    LiveClient client(server, Road::tcp);
    for (int count = 0; count < 3; ++count)
        client.start(path::silent, "", 20s);
    REQUIRE(LiveServer::soon([&] {
        client.io.restart();
        client.io.run_for(1ms);
        return server.service.call_count == 3;
    }));
    LiveClient other(server, Road::tcp);
    CHECK(code_of(other.ask(path::echo, "")) == RpcCode::resource_exhausted);
    client.client.reset();  // its calls are given up, but their handler still holds them
    REQUIRE(LiveServer::soon([&] { return server.service.abandoned_count == 3; }));
    CHECK(code_of(other.ask(path::echo, "")) == RpcCode::resource_exhausted);
    server.on_server([&] { server.service.release(); });
    CHECK(text_of(other.ask(path::echo, "")).empty());
}

TEST_CASE("one caller who begins calls and ends none leaves room for the others") {
    RpcLimits limits;
    limits.unary_per_caller_max = 3;
    limits.streams_per_caller_max = 2;
    LiveServer server(limits);
    LiveClient client(server, Road::tcp);
    for (int count = 0; count < 3; ++count)
        client.start(path::silent, "", 20s);
    client.start(path::quiet, "");
    client.start(path::quiet, "");
    REQUIRE(LiveServer::soon([&] {
        client.io.restart();
        client.io.run_for(1ms);
        return server.service.call_count == 5;
    }));
    LiveClient same(server, Road::tcp);  // another connection makes no other caller
    CHECK(code_of(same.ask(path::echo, "")) == RpcCode::resource_exhausted);
    CHECK(code_of(same.ask(path::quiet, "")) == RpcCode::resource_exhausted);
    LiveClient other(server, Road::unix_socket);
    CHECK(text_of(other.ask(path::echo, "")).empty());
    client.client.reset();
    server.on_server([&] { server.service.release(); });
    CHECK(text_of(same.ask(path::echo, "")).empty());
}

TEST_CASE("more streams than allowed are refused") {
    RpcLimits limits;
    limits.streams_max = 2;
    LiveServer server(limits);
    LiveClient client(server, Road::tcp);
    client.start(path::quiet, "");
    client.start(path::quiet, "");
    CHECK(code_of(LiveClient(server, Road::tcp).ask(path::fail, fail_message(RpcCode::aborted, ""))) ==
          RpcCode::aborted);
    REQUIRE(LiveServer::soon([&] {
        client.io.restart();
        client.io.run_for(1ms);
        return server.service.call_count >= 3;
    }));
    CHECK(code_of(LiveClient(server, Road::tcp).ask(path::quiet, "")) == RpcCode::resource_exhausted);
}

TEST_CASE("a server that shuts down says goodbye, answers what it has, and lets nobody in") {
    LiveServer server;
    LiveClient client(server, Road::tcp);
    client.start(path::silent, "", 2s);
    REQUIRE(LiveServer::soon([&] {
        client.io.restart();
        client.io.run_for(1ms);
        return server.service.call_count == 1;
    }));
    LiveClient idle(server, Road::tcp);
    CHECK(text_of(idle.ask(path::echo, "")).empty());
    server.on_server([&] { server.server->shut_down(); });
    CHECK(idle.wait_until_closed());
    REQUIRE(LiveServer::soon([&] {
        client.io.restart();
        client.io.run_for(1ms);
        return !client.client->takes_calls();
    }));
    CHECK(client.closed.empty());
    CHECK(client.wait_for_answers(1));
    CHECK(code_of(client.answers[0]) == RpcCode::deadline_exceeded);
    CHECK(client.wait_until_closed());
    CHECK(LiveServer::soon([&] { return server.server->connection_count() == 0; }));
}

TEST_CASE("each call of a connection that breaks is unavailable") {
    LiveServer server;
    LiveClient client(server, Road::tcp);
    client.start(path::silent, "");
    client.start(path::silent, "");
    REQUIRE(LiveServer::soon([&] {
        client.io.restart();
        client.io.run_for(1ms);
        return server.service.call_count == 2;
    }));
    server.on_server([&] { server.server.reset(); });
    REQUIRE(client.wait_for_answers(2));
    for (const GrpcResult& answer : client.answers)
        CHECK(code_of(answer) == RpcCode::unavailable);
    CHECK(!client.closed.empty());
    CHECK(!client.client->takes_calls());
    CHECK(code_of(client.ask(path::echo, "")) == RpcCode::unavailable);
}

TEST_CASE("a flood is told and the connection closed, others go on") {
    LiveServer server;
    std::string bytes = client_beginning();
    for (int count = 0; count < 3000; ++count)
        bytes += bytes_of({FrameType::ping, 0, 0, "12345678"});
    const std::string answer = server.talk(Road::tcp, bytes);
    CHECK(!holds(answer, "(still open)"));
    LiveClient client(server, Road::tcp);
    CHECK(text_of(client.ask(path::echo, echo_message("x"))) == echo_message("x"));
}

TEST_CASE("slow and silent connections are closed, in HTTP/2 as well") {
    RpcLimits limits;
    limits.http.idle_deadline = 200ms;
    limits.http.read_deadline = 200ms;
    limits.http2.read_deadline = 200ms;
    limits.http2.idle_deadline = 200ms;
    limits.http2.linger_deadline = 200ms;
    LiveServer server(limits);
    CHECK(!holds(server.talk(Road::tcp, ""), "(still open)"));
    CHECK(!holds(server.talk(Road::tcp, "PRI"), "(still open)"));
    CHECK(!holds(server.talk(Road::tcp, NGHTTP2_CLIENT_MAGIC), "(still open)"));
    CHECK(goaway_in(server.talk(Road::tcp, client_beginning())) == NGHTTP2_NO_ERROR);
    const std::string half =
        client_beginning() + bytes_of({FrameType::headers, end_headers, 1, header_block(request_headers(path::echo))});
    CHECK(reset_in(server.talk(Road::tcp, half), 1) == NGHTTP2_CANCEL);
    CHECK(server.service.call_count == 0);
}

TEST_CASE("a two-way call takes messages no faster than its client reads the answers") {
    RpcLimits limits;
    limits.http2.unsent_bytes_max = 5'000;
    LiveServer server(limits);
    const FileDescriptor socket = server.connect(Road::tcp);
    const std::string no_window = std::string("\0\4", 2) + number_of(0);
    std::string bytes = NGHTTP2_CLIENT_MAGIC + bytes_of({FrameType::settings, 0, 0, no_window}) +
                        bytes_of({FrameType::headers, end_headers, 1, header_block(request_headers(path::converse))});
    for (int count = 0; count < 50; ++count)
        bytes += bytes_of({FrameType::data, 0, 1, envelope(0, echo_message(std::string(1000, 'x')))});
    send_all(socket, bytes);
    CHECK(LiveServer::soon([&] { return server.service.call_count >= 5; }));
    LiveClient client(server, Road::tcp);
    CHECK(text_of(client.ask(path::held, "")).empty());  // by now it would have taken more
    CHECK(server.service.call_count <= 6);
    send_all(socket, bytes_of({FrameType::window, 0, 1, number_of(200'000)}));
    CHECK(LiveServer::soon([&] { return server.service.call_count == 50; }));
    CHECK(server.server->stream_count() == 1);
    send_all(socket, bytes_of({FrameType::data, end_stream, 1, {}}));
    CHECK(LiveServer::soon([&] { return server.server->stream_count() == 0; }));
}

TEST_CASE("our HTTP client keeps a connection over several requests") {
    LiveServer server;
    boost::asio::io_context io;
    HttpClientConnection connection(connected_stream(io.get_executor(), server.connect(Road::tcp)), {});
    for (int count = 0; count < 3; ++count) {
        REQUIRE(connection.is_usable());
        HttpRequest request;
        request.method = "POST";
        request.target = path::echo;
        request.headers = {{"Content-Type", "application/proto"}};
        request.body = echo_message(std::to_string(count));
        std::optional<Result<HttpResponse>> answer;
        connection.send(request, 20s, [&](Result<HttpResponse> got) { answer.emplace(std::move(got)); });
        io.restart();
        while (!answer && io.run_one_for(20s) > 0) {
        }
        REQUIRE(answer.has_value());
        REQUIRE(answer->ok());
        CHECK((*answer)->status == 200);
        CHECK((*answer)->body == request.body);
    }
    CHECK(server.server->connection_count() == 1);
}

TEST_CASE("our HTTP client tells a deadline, a lost connection and a broken answer apart") {
    const std::pair<const char*, int> rows[] = {{"", ETIMEDOUT}, {"HTTP/1.1 200 OK\r\nContent-Le", ETIMEDOUT}};
    for (const auto& [bytes, number] : rows) {
        auto ends = socket_pair();
        REQUIRE(ends.ok());
        boost::asio::io_context io;
        HttpClientConnection connection(connected_stream(io.get_executor(), std::move(ends->first)), {});
        std::optional<Result<HttpResponse>> answer;
        connection.send({}, 200ms, [&](Result<HttpResponse> got) { answer.emplace(std::move(got)); });
        REQUIRE(::send(ends->second.number(), bytes, std::strlen(bytes), 0) >= 0);
        io.run();
        REQUIRE(answer.has_value());
        CHECK(answer->error().number == number);
        CHECK(!connection.is_usable());
    }
    const std::pair<const char*, int> ended[] = {{"", ECONNRESET},
                                                 {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab", EPROTO},
                                                 {"nonsense\r\n\r\n", EPROTO},
                                                 {"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n", EPROTO}};
    for (const auto& [bytes, number] : ended) {
        auto ends = socket_pair();
        REQUIRE(ends.ok());
        boost::asio::io_context io;
        HttpClientConnection connection(connected_stream(io.get_executor(), std::move(ends->first)), {});
        std::optional<Result<HttpResponse>> answer;
        connection.send({}, 20s, [&](Result<HttpResponse> got) { answer.emplace(std::move(got)); });
        REQUIRE(::send(ends->second.number(), bytes, std::strlen(bytes), 0) >= 0);
        ::shutdown(ends->second.number(), SHUT_WR);
        io.run();
        REQUIRE(answer.has_value());
        CHECK_MESSAGE(answer->error().number == number, std::string(bytes));
    }
}
