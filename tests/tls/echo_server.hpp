// A TLS server of ours for stock clients: a listener whose connections send back what they read.
#pragma once

#include "platform/tls/listener.hpp"
#include "tests/tls/certificates.hpp"

#include <boost/asio/io_context.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace noodstop::testing {

struct EchoOptions {
    platform::tls::ListenerOptions listener;
    bool closes_after_first = false;  // an orderly end after the first answer
    std::size_t read_size = 1000;
};

// How one connection went.
struct EchoLife {
    platform::tls::Peer peer;
    std::size_t bytes = 0;
    boost::system::error_code ended;  // what the read that ended it said
    bool is_over = false;
};

class EchoServer {
public:
    EchoServer(boost::asio::io_context& io, const platform::tls::Keyring& keyring, EchoOptions options = {});
    ~EchoServer();

    std::string port() const { return std::to_string(listener_->port()); }
    platform::tls::Listener& listener() { return *listener_; }
    const std::vector<std::shared_ptr<EchoLife>>& lives() const { return lives_; }
    const std::vector<platform::tls::RefusedConnection>& refused() const { return refused_; }
    // The sentence with which the only connection was refused.
    std::string why_refused() const;

private:
    std::unique_ptr<platform::tls::Listener> listener_;
    std::vector<std::shared_ptr<EchoLife>> lives_;
    std::vector<platform::tls::RefusedConnection> refused_;
};

}  // namespace noodstop::testing
