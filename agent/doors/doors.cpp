#include "agent/doors/doors.hpp"

#include "agent/doors/outbound.hpp"
#include "agent/doors/path_client.hpp"
#include "agent/doors/refusals.hpp"
#include "agent/doors/remote_port.hpp"
#include "agent/doors/sandbox.hpp"
#include "agent/doors/services.hpp"
#include "platform/rpc/server.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/core.h>

#include <csignal>
#include <optional>

namespace noodstop::doors {
namespace {

constexpr int exit_asked = 0;   // SIGTERM
constexpr int exit_failed = 1;  // the supervisor starts another one
constexpr auto farewell = std::chrono::milliseconds(50);

int failed(const std::string& why) {
    fmt::print(stderr, "doors: {}\n", why);
    return exit_failed;
}

platform::ListenOptions listen_options(const core::AgentPolicy& policy) {
    platform::ListenOptions options;
    options.path = policy.socket_path;
    options.group = policy.socket_group;
    options.mode = policy.socket_group.empty() ? 0600 : 0660;
    return options;
}

// Everything that listens, made while that is still allowed.
struct Sockets {
    platform::FileDescriptor path;
    platform::FileDescriptor local;
    platform::FileDescriptor remote;  // not valid: the port is not wanted, or `remote_problem` says why it isn't there
    std::string remote_problem;
    platform::FileDescriptor metrics;  // likewise
    std::string metrics_problem;
};

platform::Result<Sockets> make_sockets(const core::AgentPolicy& policy, int path_socket) {
    Sockets sockets;
    sockets.path = platform::FileDescriptor(path_socket);
    auto local = platform::listen_unix(listen_options(policy));
    if (!local)
        return local.error();
    sockets.local = std::move(*local);
    if (policy.channel.remote) {
        auto remote = bind_remote_port(*policy.channel.remote);
        if (remote)
            sockets.remote = std::move(*remote);
        else
            sockets.remote_problem = remote.error().message;
    }
    if (policy.channel.metrics) {
        auto metrics = listen_for_scrapers(*policy.channel.metrics);
        if (metrics)
            sockets.metrics = std::move(*metrics);
        else
            sockets.metrics_problem = metrics.error().message;
    }
    return sockets;
}

// Everything of the process, in the order of its making.
class Doors {
public:
    Doors(const core::AgentPolicy& policy, Sockets sockets)
        : path_(io_, std::move(sockets.path), reports()),
          refusals_(notices()),
          services_(path_, [this](const platform::RpcRefusal& refusal) { refusals_.call_refused(refusal); }),
          server_(io_, {.services = services_.table(), .hooks = local_hooks()}),
          outbound_(io_, path_, policy, std::move(sockets.metrics)),
          signals_(io_, SIGTERM, SIGINT),
          timer_(io_) {
        server_.listen(std::move(sockets.local));
        if (sockets.remote.valid())
            remote_.emplace(io_, *policy.channel.remote,
                            RemotePortParts{std::move(sockets.remote), services_.table(), notices()}, refusals_);
        else if (!sockets.remote_problem.empty())
            tell_closed("remote port", sockets.remote_problem);
        if (!sockets.metrics_problem.empty())
            tell_closed("page of metrics", sockets.metrics_problem);
        signals_.async_wait([this](boost::system::error_code error, int) {
            if (!error)
                say_goodbye();
        });
        beat();
    }

    int run() {
        io_.run();
        return exit_code_;
    }

private:
    // Clients of HTTP/2 hear that they may ask elsewhere; what is under way is not waited for.
    void say_goodbye() {
        server_.shut_down();
        if (remote_)
            remote_->shut_down();
        timer_.expires_after(farewell);
        timer_.async_wait([this](boost::system::error_code) { io_.stop(); });
    }

    // What the path does not take is lost: it says so itself.
    NoticeHandler notices() {
        return [this](core::FactKind kind, std::vector<core::FactField> fields) {
            path_.ask_own(codec::Notice{kind, std::move(fields)}, [](const PathClient::Answer&) {});
        };
    }

    // Who is on the unix socket the path asks the kernel; here it only shows what was refused.
    platform::RpcHooks local_hooks() {
        platform::RpcHooks hooks;
        hooks.refused = [this](const platform::RpcRefusal& refusal) { refusals_.call_refused(refusal); };
        return hooks;
    }

    void tell_closed(const std::string& where, const std::string& problem) {
        const std::string told = "the " + where + " stays closed until noodstopd is started again: " + problem;
        fmt::print(stderr, "doors: {}\n", told);
        notices()(core::FactKind::fault_survived, {{"where", where}, {"problem", told}});
    }

    PathReports reports() {
        return {[this](core::Snapshot snapshot) {
                    outbound_.snapshot_came(snapshot);
                    services_.snapshot_came(std::move(snapshot));
                },
                [this](std::vector<core::RecordedFact> facts) {
                    services_.facts_came(facts);
                    outbound_.facts_came(facts);
                },
                [this](std::string why) {
                    exit_code_ = failed("the link to the path is closed: " + why);
                    io_.stop();
                }};
    }

    void beat() {
        timer_.expires_after(std::chrono::seconds(1));
        timer_.async_wait([this](boost::system::error_code error) {
            if (error)
                return;
            services_.beat();
            refusals_.beat();
            beat();
        });
    }

    boost::asio::io_context io_{1};
    int exit_code_ = exit_asked;
    PathClient path_;
    Refusals refusals_;
    Services services_;
    platform::RpcServer server_;
    Outbound outbound_;
    std::optional<RemotePort> remote_;
    boost::asio::signal_set signals_;
    boost::asio::steady_timer timer_;
};

}  // namespace

int run_doors(const core::AgentPolicy& policy, int path_socket) {
    auto sockets = make_sockets(policy, path_socket);
    if (!sockets)
        return failed(sockets.error().message);
    if (const platform::Status status = enter_sandbox(policy); !status)
        return failed(status.error().message);
    try {
        return Doors(policy, std::move(*sockets)).run();
    } catch (const std::exception& exception) {  // from Asio, or no memory left
        return failed(exception.what());
    }
}

}  // namespace noodstop::doors
