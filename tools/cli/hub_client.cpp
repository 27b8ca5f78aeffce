#include "tools/cli/hub_client.hpp"

#include "platform/rpc/grpc_client.hpp"
#include "platform/tls/byte_stream.hpp"
#include "platform/tls/dialer.hpp"
#include "platform/tls/keyring.hpp"
#include "tools/cli/agent_client.hpp"

#include <charconv>
#include <optional>

namespace noodstop::cli {
namespace {

using platform::GrpcResult;
using platform::Result;
using platform::RpcCode;
using platform::RpcError;

constexpr auto dial_deadline = std::chrono::seconds(15);
constexpr auto call_deadline = std::chrono::seconds(30);
constexpr std::size_t fleet_size_max = 64 << 20;  // of an answer, in bytes

platform::tls::Target target_of(const std::string& hub) {
    const std::size_t colon = hub.rfind(':');
    platform::tls::Target target;
    if (colon != std::string::npos) {
        const char* const end = hub.data() + hub.size();
        const auto [stop, error] = std::from_chars(hub.data() + colon + 1, end, target.port);
        if (error != std::errc{} || stop != end)
            target.port = 0;
        target.host = hub.substr(0, colon);
    }
    if (target.host.starts_with('[') && target.host.ends_with(']'))
        target.host = target.host.substr(1, target.host.size() - 2);
    if (target.host.empty() || target.port == 0)
        throw CallFailed(RpcCode::invalid_argument, "--hub: \"" + hub + "\" is no HOST:PORT");
    return target;
}

platform::tls::Keyring keyring_of(const HubAccess& access) {
    platform::tls::ContextOptions options;
    options.protocols = {"h2"};
    auto keyring = platform::tls::Keyring::load({access.certificate, access.key, access.authorities}, options);
    if (!keyring)
        throw CallFailed(RpcCode::invalid_argument, keyring.error().message);
    return std::move(*keyring);
}

template <class T>
T value_in(codec::Decoded<T> decoded) {
    if (!decoded)
        throw CallFailed(RpcCode::internal, "the hub's answer can't be understood: " + decoded.problem);
    return std::move(*decoded);
}

}  // namespace

struct HubClient::Impl {
    explicit Impl(const HubAccess& access)
        : hub(access.hub), target(target_of(access.hub)), keyring(keyring_of(access)), dialer(io) {}

    std::string call(const char* path, std::string message) {
        if (!client || !client->takes_calls())
            connect();
        platform::GrpcRequest request;
        request.path = path;
        request.message = std::move(message);
        request.timeout = call_deadline;
        std::optional<GrpcResult> result;
        client->call(request, [&](GrpcResult given) { result = std::move(given); });
        run_until([&] { return result.has_value(); });
        if (const auto* error = std::get_if<RpcError>(&*result))
            throw failure_of(*error);
        return std::get<std::string>(std::move(*result));
    }

    void connect() {
        std::optional<Result<std::unique_ptr<platform::tls::Stream>>> dialled;
        dialer.dial(keyring.context(), {.target = target, .deadline = dial_deadline},
                    [&](Result<std::unique_ptr<platform::tls::Stream>> stream) { dialled.emplace(std::move(stream)); });
        run_until([&] { return dialled.has_value(); });
        if (!*dialled)
            throw CallFailed(RpcCode::unavailable, dialled->error().message);
        platform::GrpcClientOptions options;
        options.authority = hub;
        options.message_size_max = fleet_size_max;
        client = std::make_unique<platform::GrpcClient>(platform::tls::byte_stream_of(std::move(**dialled)), options);
    }

    template <class Condition>
    void run_until(Condition is_met) {
        io.restart();
        while (!is_met())
            io.run_one();
    }

    CallFailed failure_of(const RpcError& error) const {
        if (error.code == RpcCode::unavailable)
            return {error.code, "the hub at " + hub + " does not answer: " + error.message};
        return {error.code, error.message};
    }

    std::string hub;
    platform::tls::Target target;
    platform::tls::Keyring keyring;
    boost::asio::io_context io{1};
    platform::tls::Dialer dialer;
    std::unique_ptr<platform::GrpcClient> client;
};

HubClient::HubClient(const HubAccess& access) : impl_(std::make_unique<Impl>(access)) {}

HubClient::~HubClient() = default;

std::vector<codec::AgentSummary> HubClient::agents() {
    return value_in(codec::decode_agents(impl_->call(codec::path::list_agents, {})));
}

codec::AgentDetail HubClient::agent(const std::string& id) {
    return value_in(codec::decode_agent(impl_->call(codec::path::get_agent, codec::encode_agent_request(id))));
}

void HubClient::pause(std::chrono::milliseconds time) {
    impl_->io.restart();
    impl_->io.run_for(time);
}

}  // namespace noodstop::cli
