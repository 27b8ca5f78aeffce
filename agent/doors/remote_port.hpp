// The port on which the agent is read from outside: TLS with client certificates, and the same services as on the unix
// socket. Where its credentials can't be loaded it stays closed and tries again; nothing else waits for it.
//
// Who may call what says access.hpp, what an owner gets to see tenant_view.hpp.
#pragma once

#include "agent/core/channel_policy.hpp"
#include "agent/doors/keyring_keeper.hpp"
#include "agent/doors/refusals.hpp"
#include "platform/file/file.hpp"
#include "platform/rpc/server.hpp"
#include "platform/tls/listener.hpp"

#include <memory>

namespace noodstop::doors {

inline constexpr std::size_t remote_streams_max = 32;                 // watchers, of all callers together
inline constexpr std::size_t remote_unsent_bytes_max = 256 * 1024;    // of each of them
inline constexpr auto remote_idle_deadline = std::chrono::hours(24);  // of a stream on which nothing happens

// A socket for the port, made while this process may still use low port numbers. It refuses connections until a
// RemotePort listens on it. While another process still holds the port, this waits for a moment.
platform::Result<platform::FileDescriptor> bind_remote_port(const core::RemotePolicy& policy);

struct RemotePortParts {
    platform::FileDescriptor bound;
    platform::ServiceTable services;
    NoticeHandler notice;
    std::chrono::milliseconds look_interval = KeyringKeeper::look_interval;
};

class RemotePort {
public:
    // `refusals` outlives it.
    RemotePort(boost::asio::io_context& io, const core::RemotePolicy& policy, RemotePortParts parts,
               Refusals& refusals);

    bool is_open() const { return listener_ != nullptr; }
    void shut_down();  // accepts no more, takes no further calls, and lets the present ones be answered

private:
    KeyringNews news();
    void open();
    void tell(const std::string& problem);

    boost::asio::io_context& io_;
    core::RemotePolicy policy_;
    platform::FileDescriptor bound_;
    NoticeHandler notice_;
    Refusals& refusals_;
    platform::RpcServer server_;
    KeyringKeeper keyring_;
    std::unique_ptr<platform::tls::Listener> listener_;  // after what it uses
};

}  // namespace noodstop::doors
