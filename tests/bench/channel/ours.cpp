// Our server of status and our client of it, over TLS and HTTP/2, for the benchmark `channel`.
//
// usage: bench_rpc_ours server FOLDER
//        bench_rpc_ours client FOLDER PORT CALLS_AT_ONCE SECONDS
//        bench_rpc_ours hold FOLDER PORT CONNECTIONS       connects so often, asks once on each, and stays
#include "platform/rpc/grpc_client.hpp"
#include "platform/rpc/server.hpp"
#include "platform/tls/byte_stream.hpp"
#include "platform/tls/dialer.hpp"
#include "platform/tls/listener.hpp"
#include "tests/bench/channel/common.hpp"

#include <boost/asio/io_context.hpp>

#include <csignal>
#include <cstdlib>
#include <thread>

namespace {

using namespace noodstop;
using namespace noodstop::platform;

[[noreturn]] void give_up(const std::string& why) {
    std::fprintf(stderr, "bench_rpc_ours: %s\n", why.c_str());
    std::exit(1);
}

tls::Keyring keyring_of(const std::string& folder, const std::string& name, tls::Role role) {
    auto keyring = tls::Keyring::load({folder + "/" + name + ".pem", folder + "/" + name + ".key", folder + "/ca.pem"},
                                      {.role = role, .protocols = {"h2"}});
    if (!keyring)
        give_up(keyring.error().message);
    return *keyring;
}

// Nothing is refused: what is measured is not admission.
tls::ListenerOptions open_to_all() {
    constexpr std::uint32_t many = 1'000'000;
    tls::ListenerOptions options;
    options.limits = {many, many, many, {many, many}, {many, many}, many};
    return options;
}

ServiceTable status_table() {
    auto status = std::make_shared<v1::GetStatusResponse>(bench::status_of_agent());
    ServiceTable table;
    table[bench::status_path] = {RpcShape::unary, true, [status](const RpcCall& call, const auto& responder) {
                                     v1::GetStatusRequest request;
                                     if (!request.ParseFromString(call.message))
                                         return responder->fail({RpcCode::invalid_argument, "no request"});
                                     responder->answer(status->SerializeAsString());
                                 }};
    return table;
}

int serve(const std::string& folder) {
    boost::asio::io_context io{1};
    const tls::Keyring keyring = keyring_of(folder, "server", tls::Role::server);
    RpcLimits limits;
    limits.unary_max = limits.unary_per_caller_max = 10'000;
    limits.http.connections_max = 10'000;
    limits.http2.streams_max = 100;
    limits.http2.requests_max = 1'000'000'000;
    RpcServer server(io, {limits, status_table(), {}});
    tls::ListenerHandlers handlers;
    handlers.accepted = [&](tls::AcceptedStream accepted) { server.serve(tls::byte_stream_of(std::move(accepted))); };
    const auto listener = tls::Listener::open(io, keyring, open_to_all(), std::move(handlers));
    if (!listener)
        give_up(listener.error().message);
    std::thread waiting([&, port = (*listener)->port()] {
        bench::ready_until_input_ends(std::to_string(port));
        io.stop();
    });
    io.run();
    waiting.join();
    return 0;
}

class Connection {
public:
    Connection(boost::asio::io_context& io, const tls::Keyring& keyring, std::uint16_t port) : dialer_(io) {
        dialer_.dial(keyring.context(), {.target = {"localhost", port}}, [this](auto stream) {
            if (!stream)
                give_up(stream.error().message);
            GrpcClientOptions options;
            options.http2.requests_max = 1'000'000'000;
            client_ = std::make_unique<GrpcClient>(tls::byte_stream_of(std::move(*stream)), options);
        });
    }

    bool is_open() const { return client_ != nullptr; }

    // Calls again and again while `calls` goes on; without it once.
    void call(bench::Calls* calls) {
        const auto began = bench::SteadyClock::now();
        GrpcRequest request;
        request.path = bench::status_path;
        request.message = v1::GetStatusRequest().SerializeAsString();
        ++under_way_;
        client_->call(request, [this, calls, began](GrpcResult result) {
            --under_way_;
            const auto* message = std::get_if<std::string>(&result);
            v1::GetStatusResponse response;
            if (message == nullptr || !response.ParseFromString(*message) ||
                response.snapshot().zones_size() != bench::zone_count)
                return calls == nullptr ? give_up("no answer") : calls->failed("no status");
            if (calls == nullptr)
                return;
            calls->took(began);
            if (calls->goes_on())
                call(calls);
        });
    }
    bool is_idle() const { return under_way_ == 0; }

private:
    tls::Dialer dialer_;
    std::unique_ptr<GrpcClient> client_;
    int under_way_ = 0;
};

template <class Condition>
void run_until(boost::asio::io_context& io, Condition condition) {
    while (!condition())
        if (io.run_one() == 0)
            io.restart();
}

int ask(const std::string& folder, std::uint16_t port, int at_once, double seconds) {
    boost::asio::io_context io{1};
    const tls::Keyring keyring = keyring_of(folder, "client", tls::Role::client);
    Connection connection(io, keyring, port);
    run_until(io, [&] { return connection.is_open(); });
    bench::Calls calls(seconds);
    const auto began = bench::SteadyClock::now();
    for (int count = 0; count < at_once; ++count)
        connection.call(&calls);
    run_until(io, [&] { return connection.is_idle(); });
    return calls.report(began);
}

int hold(const std::string& folder, std::uint16_t port, int count) {
    boost::asio::io_context io{1};
    const tls::Keyring keyring = keyring_of(folder, "client", tls::Role::client);
    std::vector<std::unique_ptr<Connection>> connections;
    for (; count > 0; --count) {
        connections.push_back(std::make_unique<Connection>(io, keyring, port));
        run_until(io, [&] { return connections.back()->is_open(); });
        connections.back()->call(nullptr);
        run_until(io, [&] { return connections.back()->is_idle(); });
    }
    bench::ready_until_input_ends("ready");
    return 0;
}

}  // namespace

int main(int count, char** arguments) {
    std::signal(SIGPIPE, SIG_IGN);
    const std::string what = count > 2 ? arguments[1] : "";
    if (what == "server" && count == 3)
        return serve(arguments[2]);
    if (what == "client" && count == 6)
        return ask(arguments[2], static_cast<std::uint16_t>(std::atoi(arguments[3])), std::atoi(arguments[4]),
                   std::atof(arguments[5]));
    if (what == "hold" && count == 5)
        return hold(arguments[2], static_cast<std::uint16_t>(std::atoi(arguments[3])), std::atoi(arguments[4]));
    give_up("wrong usage");
}
