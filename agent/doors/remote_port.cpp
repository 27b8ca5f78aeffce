#include "agent/doors/remote_port.hpp"

#include "agent/doors/access.hpp"
#include "platform/net/tcp.hpp"
#include "platform/tls/byte_stream.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <poll.h>

namespace noodstop::doors {
namespace {

// Of a doors process before this one that is just ending.
constexpr int bind_tries_max = 20;
constexpr int bind_pause_milliseconds = 100;

std::string place_of(const core::RemotePolicy& policy) {
    return fmt::format("the remote port ({} port {})", policy.address, policy.port);
}

platform::RpcLimits limits_of(const core::RemotePolicy& policy) {
    platform::RpcLimits limits;
    limits.http.connections_max = policy.connections_max;
    limits.http.connections_root_only = 0;  // nobody is root here
    limits.http.unsent_bytes_max = remote_unsent_bytes_max;
    limits.streams_max = remote_streams_max;
    return limits;
}

platform::tls::ContextOptions context_options() {
    return {.role = platform::tls::Role::server, .protocols = {"h2", "http/1.1"}};
}

platform::tls::ListenerOptions listener_options(const core::RemotePolicy& policy) {
    platform::tls::ListenerOptions options;
    options.address = policy.address;
    options.port = policy.port;
    options.idle_deadline = remote_idle_deadline;
    options.limits.connections_max = policy.connections_max;
    return options;
}

platform::RpcHooks hooks_of(Refusals& refusals) {
    platform::RpcHooks hooks;
    hooks.authorize = [](const platform::RpcRequestFacts& facts) {
        return refusal_of(caller_of(facts.peer), facts.path);
    };
    hooks.refused = [&refusals](const platform::RpcRefusal& refusal) { refusals.call_refused(refusal); };
    return hooks;
}

}  // namespace

platform::Result<platform::FileDescriptor> bind_remote_port(const core::RemotePolicy& policy) {
    auto bound = platform::bind_tcp({policy.address, policy.port});
    for (int count = 1; count < bind_tries_max && !bound && bound.error().number == EADDRINUSE; ++count) {
        ::poll(nullptr, 0, bind_pause_milliseconds);  // nobody is served yet
        bound = platform::bind_tcp({policy.address, policy.port});
    }
    return bound;
}

RemotePort::RemotePort(boost::asio::io_context& io, const core::RemotePolicy& policy, RemotePortParts parts,
                       Refusals& refusals)
    : io_(io),
      policy_(policy),
      bound_(std::move(parts.bound)),
      notice_(std::move(parts.notice)),
      refusals_(refusals),
      server_(io, {.limits = limits_of(policy), .services = std::move(parts.services), .hooks = hooks_of(refusals)}),
      keyring_(io, policy.tls, context_options(), news(), parts.look_interval) {
    keyring_.start();
}

void RemotePort::shut_down() {
    listener_.reset();
    server_.shut_down();
}

KeyringNews RemotePort::news() {
    return {[this] { open(); },
            [this](const std::string& problem) {
                tell(is_open() ? "new credentials are not taken, the earlier ones stay in use: " + problem
                               : "it stays closed until its credentials can be loaded: " + problem);
            },
            [] { fmt::print(stderr, "doors: the remote port has new credentials\n"); }};
}

void RemotePort::open() {
    auto listener = platform::tls::Listener::open_on(
        io_, std::move(bound_), *keyring_.keyring(), listener_options(policy_),
        {[this](platform::tls::AcceptedStream accepted) {
             server_.serve(platform::tls::byte_stream_of(std::move(accepted)));
         },
         [this](const platform::tls::RefusedConnection& refused) { refusals_.connection_refused(refused); }});
    if (!listener)
        return tell(listener.error().message);
    listener_ = std::move(*listener);
}

void RemotePort::tell(const std::string& problem) {
    fmt::print(stderr, "doors: {}: {}\n", place_of(policy_), problem);
    notice_(core::FactKind::fault_survived, {{"where", "remote port"}, {"problem", problem}});
}

}  // namespace noodstop::doors
