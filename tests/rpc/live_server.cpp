#include "tests/rpc/live_server.hpp"

#include "platform/net/socket_stream.hpp"
#include "platform/net/tcp.hpp"

#include <boost/asio/post.hpp>
#include <doctest/doctest.h>
#include <sys/socket.h>

#include <arpa/inet.h>
#include <array>
#include <future>
#include <netinet/in.h>
#include <poll.h>

namespace noodstop::test {

using namespace platform;
using namespace std::chrono_literals;

LiveServer::LiveServer(const RpcLimits& limits) {
    auto tcp = listen_tcp({});
    auto local = listen_unix({.path = folder_.socket()});
    REQUIRE(tcp.ok());
    REQUIRE(local.ok());
    port_ = *port_of(tcp->number());
    server = std::make_unique<RpcServer>(io, RpcServerOptions{limits, service.table(), service.hooks()});
    server->listen(std::move(*tcp));
    server->listen(std::move(*local));
    thread_ = std::thread([this] { io.run(); });
}

LiveServer::~LiveServer() {
    boost::asio::post(io, [this] {
        service.release();
        server.reset();
        io.stop();
    });
    thread_.join();
}

FileDescriptor LiveServer::connect(Road road) const {
    if (road == Road::unix_socket) {
        auto socket = connect_unix(folder_.socket(), 5s);
        REQUIRE(socket.ok());
        return std::move(*socket);
    }
    FileDescriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port_);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::connect(socket.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    return socket;
}

void LiveServer::run(std::function<void()> work) {
    std::promise<void> done;
    boost::asio::post(io, [&] {
        work();
        done.set_value();
    });
    done.get_future().wait();
}

std::string LiveServer::talk(Road road, const std::string& bytes) const {
    const FileDescriptor socket = connect(road);
    (void)!::send(socket.number(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    std::string answer;
    for (;;) {
        pollfd wanted{socket.number(), POLLIN, 0};
        std::array<char, 4096> buffer;
        if (::poll(&wanted, 1, 5000) <= 0)
            return answer + "(still open)";
        const ssize_t size = ::read(socket.number(), buffer.data(), buffer.size());
        if (size <= 0)
            return answer;
        answer.append(buffer.data(), static_cast<std::size_t>(size));
    }
}

LiveClient::LiveClient(const LiveServer& server, Road road, GrpcClientOptions options) {
    options.scheme = "http";
    client = std::make_unique<GrpcClient>(connected_stream(io.get_executor(), server.connect(road)), options,
                                          [this](const std::string& why) { closed = why; });
}

void LiveClient::start(const char* path, const std::string& message, std::chrono::milliseconds timeout) {
    GrpcRequest request;
    request.path = path;
    request.message = message;
    request.timeout = timeout;
    client->call(request, [this](GrpcResult result) { answers.push_back(std::move(result)); });
}

bool LiveClient::wait_for_answers(std::size_t count) {
    for (int round = 0; round < 2000 && answers.size() < count; ++round) {
        io.restart();
        io.run_for(10ms);
    }
    return answers.size() >= count;
}

bool LiveClient::wait_until_closed() {
    for (int round = 0; round < 2000 && closed.empty(); ++round) {
        io.restart();
        io.run_for(10ms);
    }
    return !closed.empty();
}

GrpcResult LiveClient::ask(const char* path, const std::string& message, std::chrono::milliseconds timeout) {
    answers.clear();
    start(path, message, timeout);
    REQUIRE(wait_for_answers(1));
    return answers[0];
}

}  // namespace noodstop::test
