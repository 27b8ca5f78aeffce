// The test service on loopback, for stock clients: prints {"port": ..., "socket": "..."} and serves until its input
// ends.
#include "platform/net/tcp.hpp"
#include "tests/rpc/echo_service.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>

#include <array>
#include <csignal>
#include <cstdio>
#include <unistd.h>

using namespace noodstop;
using namespace noodstop::platform;

namespace {

int failed(const std::string& why) {
    std::fprintf(stderr, "%s\n", why.c_str());
    return 1;
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 2)
        return failed("usage: rpc_test_server SOCKET");
    std::signal(SIGPIPE, SIG_IGN);
    boost::asio::io_context io{1};
    test::EchoService service;
    RpcLimits limits;
    limits.streams_per_caller_max = limits.streams_max;  // all judges are one user, and some calls are never let go
    RpcServer server(io, {limits, service.table(), service.hooks()});

    auto tcp = listen_tcp({});
    auto local = listen_unix({.path = arguments[1]});
    if (!tcp || !local)
        return failed(tcp ? local.error().message : tcp.error().message);
    const auto port = port_of(tcp->number());
    if (!port)
        return failed(port.error().message);
    server.listen(std::move(*tcp));
    server.listen(std::move(*local));
    std::printf("{\"port\": %u, \"socket\": \"%s\"}\n", *port, arguments[1]);
    std::fflush(stdout);

    boost::asio::posix::stream_descriptor input(io, ::dup(STDIN_FILENO));
    std::array<char, 100> ignored;
    input.async_read_some(boost::asio::buffer(ignored), [&](boost::system::error_code, std::size_t) { io.stop(); });
    io.run();
    service.release();
    return 0;
}
