// The test service on real sockets, on a thread of its own, and ways to talk to it.
#pragma once

#include "platform/net/byte_stream.hpp"
#include "platform/rpc/grpc_client.hpp"
#include "tests/platform/socket_folder.hpp"
#include "tests/rpc/echo_service.hpp"

#include <memory>
#include <string>
#include <thread>

namespace noodstop::test {

enum class Road {
    tcp,
    unix_socket,
};

class LiveServer {
public:
    explicit LiveServer(const platform::RpcLimits& limits = {});
    ~LiveServer();
    LiveServer(const LiveServer&) = delete;
    LiveServer& operator=(const LiveServer&) = delete;

    platform::FileDescriptor connect(Road road) const;  // blocking
    // Does something on the server's thread, and waits until it is done.
    template <class Work>
    void on_server(Work work);
    // Sends bytes and returns all that comes back until the server closes; "(still open)" after 5 s.
    std::string talk(Road road, const std::string& bytes) const;

    template <class Condition>
    static bool soon(Condition condition) {
        for (int round = 0; round < 1000 && !condition(); ++round)
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        return condition();
    }

    EchoService service;
    boost::asio::io_context io{1};
    std::unique_ptr<platform::RpcServer> server;

private:
    void run(std::function<void()> work);

    platform::SocketFolder folder_;
    std::uint16_t port_ = 0;
    std::thread thread_;
};

template <class Work>
void LiveServer::on_server(Work work) {
    run(work);
}

// A gRPC client of it. Everything happens while it waits.
class LiveClient {
public:
    LiveClient(const LiveServer& server, Road road, platform::GrpcClientOptions options = {});

    void start(const char* path, const std::string& message,
               std::chrono::milliseconds timeout = std::chrono::seconds(20));
    platform::GrpcResult ask(const char* path, const std::string& message,
                             std::chrono::milliseconds timeout = std::chrono::seconds(20));
    // Runs until so many calls were answered (all that were started), or the condition holds.
    bool wait_for_answers(std::size_t count);
    bool wait_until_closed();

    std::vector<platform::GrpcResult> answers;
    std::string closed;  // why
    boost::asio::io_context io{1};
    std::unique_ptr<platform::GrpcClient> client;
};

}  // namespace noodstop::test
