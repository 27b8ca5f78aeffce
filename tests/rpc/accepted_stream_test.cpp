// Streams that somebody else accepted, as those of TLS: what they say of peer and protocol reaches the server.
#include "platform/net/socket_stream.hpp"
#include "platform/net/tcp.hpp"
#include "platform/rpc/grpc_client.hpp"
#include "tests/rpc/frames.hpp"
#include "tests/rpc/live_server.hpp"

#include <doctest/doctest.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

using namespace noodstop::platform;
using namespace noodstop::test;
using namespace std::chrono_literals;

namespace {

// What a stream of TLS says of itself.
struct Facts {
    Peer peer;
    std::string application_protocol;
};

// A socket that says so, and counts how often it was ended in order.
class Posing final : public ByteStream {
public:
    Posing(std::unique_ptr<ByteStream> socket, Facts facts, std::atomic<int>& end_count)
        : socket_(std::move(socket)), facts_(std::move(facts)), end_count_(end_count) {}

    void async_read_some(boost::asio::mutable_buffer buffer, Completion completion) override {
        socket_->async_read_some(buffer, std::move(completion));
    }
    void async_write_some(boost::asio::const_buffer buffer, Completion completion) override {
        socket_->async_write_some(buffer, std::move(completion));
    }
    void async_shutdown(Ended ended) override {
        ++end_count_;
        socket_->async_shutdown(std::move(ended));
    }
    void async_wait_for_hang_up(Ended ended) override { socket_->async_wait_for_hang_up(std::move(ended)); }
    void close() override { socket_->close(); }
    boost::asio::any_io_executor executor() override { return socket_->executor(); }
    int native_handle() const override { return -1; }
    const Peer& peer() const override { return facts_.peer; }
    const std::string& application_protocol() const override { return facts_.application_protocol; }

private:
    std::unique_ptr<ByteStream> socket_;
    Facts facts_;
    std::atomic<int>& end_count_;
};

// Has the server serve one end of a pair as a stream with these facts; returns the other end.
FileDescriptor serve(LiveServer& server, Facts facts, std::atomic<int>& end_count) {
    std::array<int, 2> ends{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0);
    server.on_server([&] {
        server.server->serve(std::make_unique<Posing>(
            connected_stream(server.io.get_executor(), FileDescriptor(ends[0])), std::move(facts), end_count));
    });
    return FileDescriptor(ends[1]);
}

std::string answer_to(const FileDescriptor& socket, const std::string& bytes) {
    REQUIRE(::send(socket.number(), bytes.data(), bytes.size(), MSG_NOSIGNAL) > 0);
    std::string answer;
    std::array<char, 4096> buffer;
    for (;;) {
        const ssize_t size = ::recv(socket.number(), buffer.data(), buffer.size(), 0);
        if (size <= 0)
            return answer;
        answer.append(buffer.data(), static_cast<std::size_t>(size));
    }
}

}  // namespace

TEST_CASE("what a certificate says of a peer reaches who judges and is told of refusals") {
    LiveServer server;
    std::atomic<int> end_count{0};
    ClientCertificate certificate{"box-7", {"noodstop://owner/acme"}, "ab12"};
    const FileDescriptor socket = serve(server, {{"192.0.2.7:1", certificate}, "http/1.1"}, end_count);
    const std::string answer =
        answer_to(socket,
                  "POST /echo.v1.EchoService/Forbidden HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                  "Content-Type: application/proto\r\nContent-Length: 0\r\n\r\n");
    CHECK(answer.substr(0, 12) == "HTTP/1.1 403");
    CHECK(end_count == 1);
    server.on_server([&] {
        REQUIRE(server.service.refusals.size() == 1);
        const Peer& peer = server.service.refusals[0].peer;
        CHECK(peer.address == "192.0.2.7:1");
        REQUIRE(certificate_of(peer) != nullptr);
        CHECK(certificate_of(peer)->common_name == "box-7");
        CHECK(credentials_of(peer) == nullptr);
        CHECK(!is_root(peer));
    });
}

TEST_CASE("what ALPN agreed on is spoken, and nothing else") {
    LiveServer server;
    std::atomic<int> end_count{0};
    const FileDescriptor one = serve(server, {{}, "http/1.1"}, end_count);
    CHECK(answer_to(one, client_beginning()).substr(0, 12) == "HTTP/1.1 400");
    const FileDescriptor two = serve(server, {{}, "h2"}, end_count);
    CHECK(answer_to(two, "GET / HTTP/1.1\r\nHost: x\r\n\r\n").find("HTTP/1.1") == std::string::npos);

    boost::asio::io_context io;
    GrpcClient client(connected_stream(io.get_executor(), serve(server, {{}, "h2"}, end_count)), {});
    std::optional<GrpcResult> result;
    GrpcRequest request;
    request.path = path::echo;
    request.message = echo_message("hello");
    client.call(request, [&](GrpcResult got) { result = std::move(got); });
    for (int round = 0; round < 2000 && !result; ++round)
        io.run_for(10ms);
    REQUIRE(result.has_value());
    CHECK(std::get<std::string>(*result) == echo_message("hello"));
}

TEST_CASE("TCP is listened on and connected to by numbers, and errors say what was wrong") {
    auto listening = listen_tcp({});
    REQUIRE(listening.ok());
    const std::uint16_t port = *port_of(listening->number());
    CHECK(port != 0);
    CHECK(listen_tcp({{"127.0.0.1", port}}).error().number == EADDRINUSE);
    CHECK(listen_tcp({{"localhost", 0}}).error().number == EINVAL);

    boost::asio::io_context io;
    const auto connected = [&](const TcpEndpoint& endpoint) {
        std::optional<Result<std::unique_ptr<ByteStream>>> got;
        async_connect_tcp(io.get_executor(), {endpoint, 5s}, [&](auto stream) { got.emplace(std::move(stream)); });
        CHECK(!got.has_value());
        io.restart();
        io.run();
        REQUIRE(got.has_value());
        return std::move(*got);
    };
    CHECK(connected({"127.0.0.1", port}).ok());
    CHECK(connected({"nowhere", port}).error().number == EINVAL);
    listening->close();
    CHECK(connected({"127.0.0.1", port}).error().number == ECONNREFUSED);
}
