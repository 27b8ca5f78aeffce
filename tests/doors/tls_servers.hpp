// What the tasks of the doors process talk to, with real TLS on loopback: a hub, and a receiver of exports.
#pragma once

#include "platform/http/server.hpp"
#include "platform/net/acceptor.hpp"
#include "platform/rpc/server.hpp"
#include "platform/tls/listener.hpp"
#include "proto/codec/uplink_codec.hpp"
#include "tests/tls/certificates.hpp"

#include <boost/asio/io_context.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace noodstop::doors {

struct ServerPlace {
    std::string certificate = "server";
    std::uint16_t port = 0;  // 0: any
};

// Takes every push, unless `refusal` says why not.
class TlsHub {
public:
    explicit TlsHub(boost::asio::io_context& io, const ServerPlace& place = {},
                    const std::vector<std::string>& protocols = {"h2"});

    std::uint16_t port() const { return listener_->port(); }

    std::vector<codec::Push> pushes;
    std::vector<std::string> agents;  // the names of the certificates with which they came
    std::optional<platform::RpcError> refusal;
    bool stays_silent = false;
    std::size_t connection_count = 0;

private:
    void push(const platform::RpcCall& call, const std::shared_ptr<platform::RpcResponder>& responder);

    platform::tls::Keyring keyring_;
    std::vector<std::shared_ptr<platform::RpcResponder>> unanswered_;
    platform::RpcServer server_;
    std::unique_ptr<platform::tls::Listener> listener_;
};

struct ReceiverOptions {
    ServerPlace place;
    bool encrypted = true;
    std::chrono::milliseconds idle_deadline = std::chrono::seconds(60);  // then it closes what it kept
};

// Keeps what is posted, and answers as it is told to.
class TlsReceiver {
public:
    explicit TlsReceiver(boost::asio::io_context& io, const ReceiverOptions& options = {});

    std::uint16_t port() const { return port_; }
    std::size_t open_count() const { return server_.connection_count(); }

    std::vector<platform::HttpRequest> requests;
    platform::HttpResponse response{204, {}, ""};
    std::size_t connection_count = 0;

private:
    platform::tls::Keyring keyring_;
    platform::HttpServer server_;
    std::unique_ptr<platform::tls::Listener> listener_;
    std::unique_ptr<platform::Acceptor> acceptor_;
    std::uint16_t port_ = 0;
};

}  // namespace noodstop::doors
