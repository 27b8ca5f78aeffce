#include "agent/doors/connector.hpp"

#include "platform/net/tcp.hpp"
#include "platform/tls/byte_stream.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>

namespace noodstop::doors {
namespace {

using platform::Error;
using platform::Result;
using Stream = std::unique_ptr<platform::ByteStream>;
using Tcp = boost::asio::ip::tcp;

constexpr std::uint16_t https_port = 443;
constexpr std::uint16_t http_port = 80;

}  // namespace

// To each address of this machine that the name has, until one answers. What it waits for holds it.
class Connector::PlainAttempt : public std::enable_shared_from_this<PlainAttempt> {
public:
    PlainAttempt(boost::asio::io_context& io, ConnectorOptions options, Connected connected)
        : io_(io), resolver_(io), options_(std::move(options)), connected_(std::move(connected)) {}

    void start() {
        resolver_.async_resolve(
            options_.host, std::to_string(options_.port), Tcp::resolver::numeric_service,
            [self = shared_from_this()](boost::system::error_code error, const Tcp::resolver::results_type& found) {
                self->resolved(error, found);
            });
    }

    void cancel() {
        connected_ = {};
        resolver_.cancel();
    }

private:
    void resolved(const boost::system::error_code& error, const Tcp::resolver::results_type& found) {
        for (const auto& entry : found)
            if (entry.endpoint().address().is_loopback())
                addresses_.push_back(entry.endpoint().address().to_string());
        if (error)
            return fail(error.value(), "its address can't be found: " + error.message());
        if (addresses_.empty())
            return fail(EPERM, "without TLS only this machine is connected to, and this is another");
        std::reverse(addresses_.begin(), addresses_.end());
        connect_next();
    }

    void connect_next() {
        const platform::TcpEndpoint endpoint{addresses_.back(), options_.port};
        addresses_.pop_back();
        platform::async_connect_tcp(io_.get_executor(), {endpoint, options_.deadline},
                                    [self = shared_from_this()](Result<Stream> stream) {
                                        if (!stream && !self->addresses_.empty() && self->connected_)
                                            return self->connect_next();
                                        self->tell(std::move(stream));
                                    });
    }

    void fail(int number, const std::string& why) {
        tell(Error{number, fmt::format("cannot connect to {} port {}: {}", options_.host, options_.port, why)});
    }

    void tell(Result<Stream> stream) {
        if (const auto connected = std::exchange(connected_, {}))
            connected(std::move(stream));
    }

    boost::asio::io_context& io_;
    Tcp::resolver resolver_;
    ConnectorOptions options_;
    Connected connected_;
    std::vector<std::string> addresses_;  // not tried yet, the next one last
};

Connector::Connector(boost::asio::io_context& io, ConnectorOptions options)
    : io_(io), options_(std::move(options)), log_(options_.part + " credentials"), dialer_(io) {}

void Connector::cancel() {
    dialer_.cancel();
    if (const auto attempt = std::exchange(plain_, nullptr))
        attempt->cancel();
    if (const auto refused = std::exchange(refused_, nullptr))
        *refused = {};
}

void Connector::connect(Connected connected) {
    cancel();
    if (!options_.encrypted) {
        plain_ = std::make_shared<PlainAttempt>(io_, options_, std::move(connected));
        return plain_->start();
    }
    reload();
    if (!keyring_) {
        refused_ = std::make_shared<Connected>(std::move(connected));
        return boost::asio::post(io_, [told = refused_, why = log_.problem()] {
            if (const auto refused = std::exchange(*told, {}))
                refused(Error{0, why});
        });
    }
    dialer_.dial(keyring_->context(), {{options_.host, options_.port}, options_.deadline},
                 [connected = std::move(connected)](Result<std::unique_ptr<platform::tls::Stream>> stream) {
                     if (!stream)
                         return connected(stream.error());
                     connected(platform::tls::byte_stream_of(std::move(*stream)));
                 });
}

void Connector::reload() {
    if (!options_.encrypted)
        return;
    if (keyring_) {
        const auto reloaded = keyring_->reload();
        return log_.now(reloaded ? "" : reloaded.error().message);
    }
    platform::tls::ContextOptions context;
    context.role = platform::tls::Role::client;
    context.protocols = options_.protocols;
    const core::TlsFiles& files = options_.tls;
    auto loaded = platform::tls::Keyring::load({files.certificate, files.key, files.authorities}, context);
    if (loaded)
        keyring_.emplace(std::move(*loaded));
    log_.now(loaded ? "" : loaded.error().message);
}

std::string Connector::authority() const {
    const bool is_v6 = options_.host.find(':') != std::string::npos;
    const std::string host = is_v6 ? "[" + options_.host + "]" : options_.host;
    const bool goes_without_saying = options_.port == (options_.encrypted ? https_port : http_port);
    return goes_without_saying ? host : fmt::format("{}:{}", host, options_.port);
}

}  // namespace noodstop::doors
