#include "agent/doors/outbound.hpp"

#include "platform/net/tcp.hpp"

#include <cerrno>
#include <poll.h>

namespace noodstop::doors {
namespace {

// Of a doors process before this one that is just ending.
constexpr int listen_tries_max = 20;
constexpr int listen_pause_milliseconds = 100;

}  // namespace

platform::Result<platform::FileDescriptor> listen_for_scrapers(const core::MetricsPolicy& policy) {
    const platform::ListenTcpOptions options{{policy.address, policy.port}};
    auto socket = platform::listen_tcp(options);
    for (int count = 1; count < listen_tries_max && !socket && socket.error().number == EADDRINUSE; ++count) {
        (void)::poll(nullptr, 0, listen_pause_milliseconds);
        socket = platform::listen_tcp(options);
    }
    return socket;
}

Outbound::Outbound(boost::asio::io_context& io, PathClient& path, const core::AgentPolicy& policy,
                   platform::FileDescriptor metrics_listener)
    : exporters_(io, path, policy) {
    if (policy.channel.uplink)
        uplink_.emplace(io, path, policy);
    if (metrics_listener.valid())
        page_.emplace(io, std::move(metrics_listener), exporters_, uplink_ ? &*uplink_ : nullptr);
}

void Outbound::snapshot_came(const core::Snapshot& snapshot) {
    if (uplink_)
        uplink_->snapshot_came(snapshot);
    exporters_.snapshot_came(snapshot);
}

void Outbound::facts_came(const std::vector<core::RecordedFact>& facts) {
    if (uplink_)
        uplink_->facts_came(facts);
    exporters_.facts_came(facts);
}

}  // namespace noodstop::doors
