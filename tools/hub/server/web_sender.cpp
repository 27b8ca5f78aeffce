#include "tools/hub/server/web_sender.hpp"

#include "platform/net/tcp.hpp"
#include "platform/tls/byte_stream.hpp"

namespace noodstop::hub {

using platform::ByteStream;
using platform::Result;

struct WebSender::Attempt {
    platform::HttpRequest request;
    std::chrono::milliseconds deadline{0};
    Answered answered;
};

WebSender::WebSender(boost::asio::io_context& io, WebTarget target, const platform::tls::Keyring* keyring)
    : io_(io), target_(std::move(target)), keyring_(keyring), dialer_(io) {}

void WebSender::send(platform::HttpRequest request, std::chrono::milliseconds deadline, Answered answered) {
    attempt_ = std::make_shared<Attempt>(Attempt{std::move(request), deadline, std::move(answered)});
    connect(attempt_);
}

void WebSender::connect(const std::shared_ptr<Attempt>& attempt) {
    // Weak: what was given up, or belongs to a sender that is gone, is not told.
    const std::weak_ptr<Attempt> weak = attempt;
    if (!target_.encrypted) {
        const std::string address = target_.host == "localhost" ? "127.0.0.1" : target_.host;
        return platform::async_connect_tcp(io_.get_executor(), {{address, target_.port}, attempt->deadline},
                                           [this, weak](Result<std::unique_ptr<ByteStream>> stream) {
                                               const auto current = weak.lock();
                                               if (!current)
                                                   return;
                                               if (!stream)
                                                   return current->answered(stream.error());
                                               send_on(std::move(*stream), current);
                                           });
    }
    dialer_.dial(keyring_->context(), {.target = {target_.host, target_.port}, .deadline = attempt->deadline},
                 [this, weak](Result<std::unique_ptr<platform::tls::Stream>> stream) {
                     const auto current = weak.lock();
                     if (!current)
                         return;
                     if (!stream)
                         return current->answered(stream.error());
                     send_on(platform::tls::byte_stream_of(std::move(*stream)), current);
                 });
}

void WebSender::send_on(std::unique_ptr<ByteStream> stream, const std::shared_ptr<Attempt>& attempt) {
    platform::HttpClientConnectionOptions options;
    options.host = authority_of(target_);
    connection_ = std::make_unique<platform::HttpClientConnection>(std::move(stream), options);
    const std::weak_ptr<Attempt> weak = attempt;
    connection_->send(attempt->request, attempt->deadline, [weak](Result<platform::HttpResponse> response) {
        if (const auto current = weak.lock())
            current->answered(std::move(response));
    });
}

}  // namespace noodstop::hub
