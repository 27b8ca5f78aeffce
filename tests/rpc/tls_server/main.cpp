// The test service behind TLS as the remote port has it: prints {"port": ...} and serves until its input ends.
#include "platform/tls/byte_stream.hpp"
#include "platform/tls/listener.hpp"
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
    if (count != 4)
        return failed("usage: rpc_tls_test_server CERTIFICATE KEY AUTHORITIES");
    std::signal(SIGPIPE, SIG_IGN);
    boost::asio::io_context io{1};
    test::EchoService service;
    RpcLimits limits;
    limits.http.connections_max = tls::AdmissionLimits{}.connections_max;  // the listener counts, each source apart
    RpcServer server(io, {limits, service.table(), service.hooks()});

    auto keyring = tls::Keyring::load({arguments[1], arguments[2], arguments[3]},
                                      {.role = tls::Role::server, .protocols = {"h2", "http/1.1"}});
    if (!keyring)
        return failed(keyring.error().message);
    tls::ListenerHandlers handlers;
    handlers.accepted = [&](tls::AcceptedStream accepted) { server.serve(tls::byte_stream_of(std::move(accepted))); };
    const auto listener = tls::Listener::open(io, *keyring, {}, std::move(handlers));
    if (!listener)
        return failed(listener.error().message);
    std::printf("{\"port\": %u}\n", (*listener)->port());
    std::fflush(stdout);

    boost::asio::posix::stream_descriptor input(io, ::dup(STDIN_FILENO));
    std::array<char, 100> ignored;
    input.async_read_some(boost::asio::buffer(ignored), [&](boost::system::error_code, std::size_t) { io.stop(); });
    io.run();
    service.release();
    return 0;
}
