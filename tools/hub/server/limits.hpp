// What the hub takes on at once: a fleet of a thousand agents, and some who look.
#pragma once

#include "platform/rpc/server.hpp"
#include "platform/tls/listener.hpp"
#include "tools/hub/server/web_target.hpp"

namespace noodstop::hub {

inline constexpr std::size_t agents_connected_max = 1'000;
inline constexpr std::size_t readers_connected_max = 100;
inline constexpr std::size_t connections_max = agents_connected_max + readers_connected_max;
inline constexpr std::size_t push_size_max = 4 << 20;  // a batch of 512 KiB as it is counted, and a status beside it
inline constexpr std::size_t watchers_max = 64;

platform::tls::ListenerOptions listener_options(const HostAndPort& listen);
platform::RpcLimits rpc_limits();

}  // namespace noodstop::hub
