// The server against our client, raw bytes and curl.
#include "platform/rpc/client.hpp"
#include "platform/rpc/envelope.hpp"
#include "platform/rpc/server.hpp"
#include "tests/platform/socket_folder.hpp"

#include <boost/asio/post.hpp>
#include <doctest/doctest.h>
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <cstdio>
#include <poll.h>
#include <random>
#include <thread>

using namespace noodstop::platform;
using namespace std::chrono_literals;

namespace {

constexpr const char* echo_path = "/test.Service/Echo";
constexpr const char* silent_path = "/test.Service/Silent";
constexpr const char* count_path = "/test.Service/Count";
constexpr const char* quiet_path = "/test.Service/Quiet";
constexpr const char* flood_path = "/test.Service/Flood";

RpcLimits quick_limits() {
    RpcLimits limits;
    limits.http.connections_max = 8;
    limits.http.read_deadline = 300ms;
    limits.http.idle_deadline = 600ms;
    limits.http.write_deadline = 500ms;
    limits.http.unsent_bytes_max = 1'000'000;  // more than the kernel takes of a client that doesn't read
    limits.message_size_max = 1000;
    limits.streams_max = 3;
    limits.timeout_max = 2s;
    return limits;
}

// A server on a thread of its own, with a service that echoes, one that never answers, and three that stream.
struct Server {
    explicit Server(RpcLimits limits = quick_limits()) {
        auto listener = listen_unix({.path = folder.socket()});
        REQUIRE(listener.ok());
        server = std::make_unique<RpcServer>(io, RpcServerOptions{limits, table(), {}});
        server->listen(std::move(*listener));
        thread = std::thread([this] { io.run(); });
    }
    ~Server() {
        boost::asio::post(io, [this] {
            silent.clear();
            server.reset();
            io.stop();
        });
        thread.join();
    }

    ServiceTable table() {
        const auto count = [](RpcCall call, std::shared_ptr<RpcResponder> responder) {
            for (const char letter : call.message)
                responder->send(std::string(1, letter));
            if (call.message == "fail")
                return responder->fail({RpcCode::aborted, "as asked"});
            responder->finish();
        };
        constexpr auto unary = RpcShape::unary;
        constexpr auto server_stream = RpcShape::server_stream;
        return {{echo_path,
                 {unary, false,
                  [this](RpcCall call, auto responder) {
                      ++echo_count;
                      responder->answer(call.message);
                  }}},
                {silent_path,
                 {unary, false,
                  [this](RpcCall, auto responder) {
                      responder->when_gone([this] { ++gone_count; });
                      silent.push_back(responder);
                  }}},
                {count_path, {server_stream, false, count}},
                {quiet_path,
                 {server_stream, false,
                  [this](RpcCall, auto responder) {
                      responder->when_gone([this] { ++gone_count; });
                      silent.push_back(responder);
                  }}},
                {flood_path, {server_stream, false, [this](RpcCall, auto responder) {
                                  responder->when_gone([this] { ++gone_count; });
                                  while (responder->send(std::string(10'000, 'x')))
                                      ++flood_count;
                                  silent.push_back(responder);
                              }}}};
    }

    RpcClient client(std::chrono::milliseconds deadline = 5s) const {
        return RpcClient({.socket_path = folder.socket(), .deadline = deadline});
    }

    // Sends bytes, ends sending, and returns all that comes back until the server closes or 3 s are over.
    std::string talk(const std::string& bytes, bool close_after_it = true) const {
        auto socket = connect_unix(folder.socket(), 1s);
        REQUIRE(socket.ok());
        (void)!::send(socket->number(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (close_after_it)
            ::shutdown(socket->number(), SHUT_WR);
        return read_all(*socket);
    }

    static std::string read_all(const FileDescriptor& socket) {
        std::string answer;
        for (;;) {
            pollfd wanted{socket.number(), POLLIN, 0};
            std::array<char, 4096> buffer;
            if (::poll(&wanted, 1, 3000) <= 0)
                return answer + "(still open)";
            const ssize_t size = ::read(socket.number(), buffer.data(), buffer.size());
            if (size <= 0)
                return answer;
            answer.append(buffer.data(), static_cast<std::size_t>(size));
        }
    }

    template <class Condition>
    static bool soon(Condition condition) {
        for (int round = 0; round < 300 && !condition(); ++round)
            std::this_thread::sleep_for(10ms);
        return condition();
    }

    SocketFolder folder;
    boost::asio::io_context io;
    std::unique_ptr<RpcServer> server;
    std::vector<std::shared_ptr<RpcResponder>> silent;
    std::atomic<int> echo_count{0}, gone_count{0}, flood_count{0};
    std::thread thread;
};

std::string http(const std::string& path, const std::string& headers, const std::string& body) {
    return "POST " + path + " HTTP/1.1\r\nHost: x\r\n" + headers + "Content-Length: " + std::to_string(body.size()) +
           "\r\n\r\n" + body;
}

std::string echo_request(const std::string& headers, const std::string& body) {
    return http(echo_path, "Content-Type: application/proto\r\nConnection: close\r\n" + headers, body);
}

bool begins_with(const std::string& text, const std::string& beginning) {
    return text.compare(0, beginning.size(), beginning) == 0;
}

}  // namespace

TEST_CASE("a unary call is answered, also when it is empty") {
    Server server;
    CHECK(std::get<std::string>(server.client().call(echo_path, "hello")) == "hello");
    CHECK(std::get<std::string>(server.client().call(echo_path, "")).empty());
    const auto unknown = server.client().call("/test.Service/Nothing", "");
    CHECK(std::get<RpcError>(unknown).code == RpcCode::unimplemented);
}

TEST_CASE("a stream brings its messages in order and says how it ended") {
    Server server;
    std::string seen;
    const auto collect = [&](const std::string& message) {
        seen += message;
        return true;
    };
    CHECK(!server.client().stream(count_path, "abc", collect).has_value());
    CHECK(seen == "abc");
    const auto error = server.client().stream(count_path, "fail", collect);
    REQUIRE(error.has_value());
    CHECK(error->code == RpcCode::aborted);
    CHECK(error->message == "as asked");
    CHECK(!server.client().stream(count_path, "xyz", [](const std::string&) { return false; }).has_value());
    CHECK(Server::soon([&] { return server.server->stream_count() == 0; }));
}

TEST_CASE("a call that nobody answers ends at its deadline") {
    Server server;
    const auto began = std::chrono::steady_clock::now();
    const auto answer = server.client(200ms).call(silent_path, "");
    CHECK(std::get<RpcError>(answer).code == RpcCode::deadline_exceeded);
    CHECK(std::chrono::steady_clock::now() - began < 2s);
    CHECK(std::get<std::string>(server.client().call(echo_path, "next")) == "next");
}

TEST_CASE("a call whose deadline has passed before it came is not carried out") {
    Server server;
    const std::string answer = server.talk(echo_request("Connect-Timeout-Ms: 0\r\n", "hello"));
    CHECK(answer.find("deadline_exceeded") != std::string::npos);
    CHECK(server.echo_count == 0);
}

TEST_CASE("calls that were answered leave nothing that waits for their deadline") {
    RpcLimits limits = quick_limits();
    limits.timeout_max = 60s;
    Server server(limits);
    for (int count = 0; count < 10; ++count)
        CHECK(std::get<std::string>(server.client(60s).call(echo_path, "hello")) == "hello");
    boost::asio::post(server.io, [&] { server.server.reset(); });
    CHECK(Server::soon([&] { return server.io.stopped(); }));
}

TEST_CASE("nobody there is told as unavailable") {
    const RpcClient client({.socket_path = "/nowhere/s.sock"});
    CHECK(std::get<RpcError>(client.call(echo_path, "")).code == RpcCode::unavailable);
    CHECK(client.stream(count_path, "", [](const std::string&) { return true; })->code == RpcCode::unavailable);
}

TEST_CASE("requests that break the protocol's rules get its errors") {
    Server server;
    const auto answer = [&](const std::string& request) { return server.talk(request); };
    CHECK(begins_with(answer(echo_request("", "x")), "HTTP/1.1 200"));
    CHECK(begins_with(answer("GET " + std::string(echo_path) + " HTTP/1.1\r\nHost: x\r\n\r\n"), "HTTP/1.1 405"));
    CHECK(begins_with(answer(http(echo_path, "Content-Type: application/json\r\n", "{}")), "HTTP/1.1 415"));
    CHECK(begins_with(answer(http(count_path, "Content-Type: application/proto\r\n", "")), "HTTP/1.1 415"));
    CHECK(begins_with(answer(http("/other", "Content-Type: application/proto\r\n", "")), "HTTP/1.1 404"));
    CHECK(begins_with(answer(echo_request("Connect-Protocol-Version: 2\r\n", "x")), "HTTP/1.1 400"));
    CHECK(begins_with(answer(echo_request("Connect-Timeout-Ms: soon\r\n", "x")), "HTTP/1.1 400"));
    CHECK(begins_with(answer(echo_request("Content-Encoding: br\r\n", "x")), "HTTP/1.1 501"));
    CHECK(begins_with(answer(echo_request("Content-Encoding: gzip\r\n", "x")), "HTTP/1.1 400"));
    CHECK(begins_with(answer(echo_request("", std::string(1001, 'x'))), "HTTP/1.1 429"));
    CHECK(begins_with(answer(echo_request("", std::string(5000, 'x'))), "HTTP/1.1 429"));
    CHECK(begins_with(answer(echo_request("X-Long: " + std::string(10'000, 'x') + "\r\n", "x")), "HTTP/1.1 431"));
    CHECK(server.echo_count == 1);
}

TEST_CASE("a request cut at any byte changes nothing") {
    Server server;
    const std::string whole = echo_request("Connect-Protocol-Version: 1\r\n", "body");
    for (std::size_t cut = 0; cut < whole.size(); ++cut) {
        const std::string answer = server.talk(whole.substr(0, cut));
        CHECK_MESSAGE((answer.empty() || begins_with(answer, "HTTP/1.1 400")), "cut at " << cut << ": " << answer);
    }
    CHECK(server.echo_count == 0);
    CHECK(std::get<std::string>(server.client().call(echo_path, "alive")) == "alive");
}

TEST_CASE("random bytes get an error or a closed connection") {
    Server server;
    std::mt19937 random(3);
    for (int round = 0; round < 200; ++round) {
        std::string noise(1 + random() % 400, '\0');
        for (char& byte : noise)
            byte = static_cast<char>(random());
        const std::string answer = server.talk(noise);
        CHECK((answer.empty() || begins_with(answer, "HTTP/1.1 4")));
    }
    CHECK(server.echo_count == 0);
    CHECK(std::get<std::string>(server.client().call(echo_path, "alive")) == "alive");
}

TEST_CASE("a client that dawdles over its request is cut off") {
    Server server;
    CHECK(server.talk("POST /", false).empty());
    CHECK(server.talk("", false).empty());
}

TEST_CASE("more connections than allowed are closed at once, and there is room again when others go") {
    RpcLimits limits = quick_limits();
    limits.http.idle_deadline = 30s;
    Server server(limits);
    std::vector<FileDescriptor> held;
    for (int count = 0; count < 8; ++count)
        held.push_back(std::move(*connect_unix(server.folder.socket(), 1s)));
    CHECK(Server::soon([&] { return server.server->connection_count() == 8; }));
    CHECK(std::holds_alternative<RpcError>(server.client().call(echo_path, "x")));
    held.clear();
    CHECK(Server::soon([&] { return server.server->connection_count() == 0; }));
    CHECK(std::get<std::string>(server.client().call(echo_path, "x")) == "x");
}

TEST_CASE("a stream that nobody reads is bounded and cut off, others go on") {
    Server server;
    auto socket = connect_unix(server.folder.socket(), 1s);
    REQUIRE(socket.ok());
    const std::string request =
        http(flood_path, "Content-Type: application/connect+proto\r\n", envelope(0, ""));
    REQUIRE(::send(socket->number(), request.data(), request.size(), 0) > 0);
    CHECK(Server::soon([&] { return server.flood_count > 0; }));
    CHECK(server.flood_count < 200);
    CHECK(std::get<std::string>(server.client().call(echo_path, "x")) == "x");
    CHECK(Server::soon([&] { return server.gone_count == 1; }));
}

TEST_CASE("a client that goes while its answer is made is noticed") {
    Server server;
    auto socket = connect_unix(server.folder.socket(), 1s);
    const std::string request = http(silent_path, "Content-Type: application/proto\r\n", "");
    REQUIRE(::send(socket->number(), request.data(), request.size(), 0) > 0);
    CHECK(Server::soon([&] { return server.server->connection_count() == 1; }));
    std::this_thread::sleep_for(50ms);
    socket->close();
    CHECK(Server::soon([&] { return server.gone_count == 1; }));
}

TEST_CASE("a client that ends its sending and goes later is noticed, also on a stream that is quiet") {
    Server server;
    auto socket = connect_unix(server.folder.socket(), 1s);
    const std::string request =
        http(quiet_path, "Content-Type: application/connect+proto\r\n", envelope(0, ""));
    REQUIRE(::send(socket->number(), request.data(), request.size(), 0) > 0);
    ::shutdown(socket->number(), SHUT_WR);
    std::this_thread::sleep_for(50ms);
    CHECK(server.gone_count == 0);
    socket->close();
    CHECK(Server::soon([&] { return server.gone_count == 1; }));
}

TEST_CASE("more streams than allowed are refused") {
    RpcLimits limits = quick_limits();
    limits.http.write_deadline = 30s;
    Server server(limits);
    std::vector<FileDescriptor> held;
    const std::string request =
        http(flood_path, "Content-Type: application/connect+proto\r\n", envelope(0, ""));
    for (int count = 0; count < 3; ++count) {
        held.push_back(std::move(*connect_unix(server.folder.socket(), 1s)));
        REQUIRE(::send(held.back().number(), request.data(), request.size(), 0) > 0);
    }
    CHECK(Server::soon([&] { return server.server->stream_count() == 3; }));
    const auto error = server.client().stream(count_path, "abc", [](const std::string&) { return true; });
    REQUIRE(error.has_value());
    CHECK(error->code == RpcCode::resource_exhausted);
}

TEST_CASE("one connection serves many requests, also when they come at once") {
    Server server;
    const std::string one = http(echo_path, "Content-Type: application/proto\r\n", "ping");
    std::string answers = server.talk(one + one + one, false);
    std::size_t count = 0;
    for (std::size_t at = answers.find("ping"); at != std::string::npos; at = answers.find("ping", at + 1))
        ++count;
    CHECK(count == 3);
    CHECK(server.echo_count == 3);
}

TEST_CASE("curl gets its answer") {
    if (std::system("command -v curl >/dev/null 2>&1") != 0)
        return;
    Server server;
    const std::string command = "curl -s --max-time 5 --unix-socket " + server.folder.socket() +
                                " -H 'Content-Type: application/proto' -H 'Connect-Protocol-Version: 1'"
                                " -w '%{http_code}' --data-binary 'hello' http://localhost" +
                                echo_path;
    FILE* pipe = ::popen(command.c_str(), "r");
    REQUIRE(pipe != nullptr);
    std::array<char, 100> buffer{};
    const std::size_t size = std::fread(buffer.data(), 1, buffer.size(), pipe);
    CHECK(::pclose(pipe) == 0);
    CHECK(std::string(buffer.data(), size) == "hello200");
}
