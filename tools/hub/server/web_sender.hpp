// Posts to one web server, a connection for each request: alerts are few, and a connection that the server closed
// meanwhile would look like a failure.
#pragma once

#include "platform/http/client_connection.hpp"
#include "platform/tls/dialer.hpp"
#include "platform/tls/keyring.hpp"
#include "tools/hub/server/web_target.hpp"

#include <boost/asio/io_context.hpp>

namespace noodstop::hub {

class WebSender {
public:
    using Answered = std::function<void(platform::Result<platform::HttpResponse> response)>;

    // `keyring` is a client's and outlives this; it may be null where the target is not encrypted.
    WebSender(boost::asio::io_context& io, WebTarget target, const platform::tls::Keyring* keyring);

    // One at a time: one before that gets no answer any more. Never answers from within this.
    void send(platform::HttpRequest request, std::chrono::milliseconds deadline, Answered answered);

    const WebTarget& target() const { return target_; }

private:
    struct Attempt;

    void connect(const std::shared_ptr<Attempt>& attempt);
    void send_on(std::unique_ptr<platform::ByteStream> stream, const std::shared_ptr<Attempt>& attempt);

    boost::asio::io_context& io_;
    WebTarget target_;
    const platform::tls::Keyring* keyring_;
    platform::tls::Dialer dialer_;
    std::unique_ptr<platform::HttpClientConnection> connection_;
    std::shared_ptr<Attempt> attempt_;
};

}  // namespace noodstop::hub
