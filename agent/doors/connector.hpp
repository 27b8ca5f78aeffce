// Connects to one server outside, over TLS or, to this machine only, without it. The credentials are those that lie in
// their files at the time: read with each connection and whenever the caller asks for it.
#pragma once

#include "agent/core/channel_policy.hpp"
#include "agent/doors/problem_log.hpp"
#include "platform/net/byte_stream.hpp"
#include "platform/tls/dialer.hpp"
#include "platform/tls/keyring.hpp"

#include <boost/asio/io_context.hpp>

#include <functional>
#include <memory>
#include <optional>

namespace noodstop::doors {

struct ConnectorOptions {
    std::string part;  // whose connection it is, in the words of the error output: "uplink"
    std::string host;
    std::uint16_t port = 0;
    bool encrypted = true;  // false: only addresses of this machine are connected to
    core::TlsFiles tls;
    std::vector<std::string> protocols;  // offered by ALPN, the best first
    std::chrono::milliseconds deadline = std::chrono::seconds(15);
};

class Connector {
public:
    using Connected = std::function<void(platform::Result<std::unique_ptr<platform::ByteStream>> stream)>;

    Connector(boost::asio::io_context& io, ConnectorOptions options);
    ~Connector() { cancel(); }
    Connector(const Connector&) = delete;
    Connector& operator=(const Connector&) = delete;

    // Calls back once, never from within this call. One at a time: a call before that ends the one under way, which
    // then does not call back.
    void connect(Connected connected);
    void cancel();

    // Files that can't be used leave what was loaded before in use; that is said on the error output.
    void reload();

    // As the Host header and HTTP/2's authority have it: without the port that goes without saying.
    std::string authority() const;

private:
    class PlainAttempt;

    boost::asio::io_context& io_;
    ConnectorOptions options_;
    ProblemLog log_;
    std::optional<platform::tls::Keyring> keyring_;
    platform::tls::Dialer dialer_;
    std::shared_ptr<PlainAttempt> plain_;
    std::shared_ptr<Connected> refused_;  // of a connection that could not even begin, until it is told
};

}  // namespace noodstop::doors
