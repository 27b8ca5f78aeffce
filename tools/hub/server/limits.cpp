#include "tools/hub/server/limits.hpp"

namespace noodstop::hub {

platform::tls::ListenerOptions listener_options(const HostAndPort& listen) {
    platform::tls::ListenerOptions listener;
    listener.address = listen.host;
    listener.port = listen.port;
    listener.backlog_max = 512;
    // A whole fleet may stand behind one address, and may come back in one moment.
    listener.limits.connections_max = connections_max;
    listener.limits.connections_per_source_max = connections_max;
    listener.limits.handshakes_max = 128;
    listener.limits.source_rate = {.at_once_max = 200, .per_second_max = 50};
    listener.limits.total_rate = {.at_once_max = 400, .per_second_max = 100};
    return listener;
}

platform::RpcLimits rpc_limits() {
    platform::RpcLimits limits;
    limits.http.connections_max = connections_max;
    limits.http.connections_root_only = 0;
    limits.message_size_max = push_size_max;
    limits.streams_max = watchers_max;
    limits.unary_max = connections_max;
    limits.http2.window_size = 256 * 1024;
    limits.http2.read_deadline = std::chrono::seconds(30);  // slow lines have large batches
    limits.http2.idle_deadline = std::chrono::minutes(5);   // agents are heard of every minute
    return limits;
}

}  // namespace noodstop::hub
