#include "agent/doors/doors.hpp"

#include "agent/doors/path_client.hpp"
#include "agent/doors/services.hpp"
#include "platform/process/hardening.hpp"
#include "platform/rpc/server.hpp"
#include "platform/unix_socket/forbid_binding.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/core.h>

#include <csignal>
#include <unistd.h>

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

// From here on this process can do nothing but talk on the sockets that it holds.
platform::Status give_up_rights(const core::AgentPolicy& policy) {
    if (::geteuid() == 0)
        if (platform::Status status = platform::drop_privileges({policy.doors_user, {}}); !status)
            return status;
    if (const platform::Status status = platform::forbid_binding(); !status)
        fmt::print(stderr, "doors: {}\n", status.error().message);
    return platform::Done{};
}

// Everything of the process, in the order of its making.
class Doors {
public:
    Doors(platform::FileDescriptor path_socket, platform::FileDescriptor listener)
        : path_(io_, std::move(path_socket), reports()),
          services_(path_),
          server_(io_, {.services = services_.table()}),
          signals_(io_, SIGTERM, SIGINT),
          timer_(io_) {
        server_.listen(std::move(listener));
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
        timer_.expires_after(farewell);
        timer_.async_wait([this](boost::system::error_code) { io_.stop(); });
    }

    PathReports reports() {
        return {[this](core::Snapshot snapshot) { services_.snapshot_came(std::move(snapshot)); },
                [this](std::vector<core::RecordedFact> facts) { services_.facts_came(facts); },
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
            beat();
        });
    }

    boost::asio::io_context io_{1};
    int exit_code_ = exit_asked;
    PathClient path_;
    Services services_;
    platform::RpcServer server_;
    boost::asio::signal_set signals_;
    boost::asio::steady_timer timer_;
};

}  // namespace

int run_doors(const core::AgentPolicy& policy, int path_socket) {
    platform::FileDescriptor path(path_socket);
    auto listener = platform::listen_unix(listen_options(policy));
    if (!listener)
        return failed(listener.error().message);
    if (const platform::Status status = give_up_rights(policy); !status)
        return failed(status.error().message);
    try {
        return Doors(std::move(path), std::move(*listener)).run();
    } catch (const std::exception& exception) {  // from Asio, or no memory left
        return failed(exception.what());
    }
}

}  // namespace noodstop::doors
