#include "platform/net/socket_stream.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <fmt/format.h>
#include <sys/socket.h>

#include <netinet/tcp.h>

namespace noodstop::platform {
namespace {

namespace asio = boost::asio;
using ErrorCode = boost::system::error_code;

// Without them a quiet stream to a machine that lost its power would stay for ever.
constexpr int keep_alive_idle_seconds = 60;
constexpr int keep_alive_interval_seconds = 15;
constexpr int keep_alive_probes = 4;

class SocketStream final : public ByteStream {
public:
    SocketStream(StreamSocket socket, Peer peer, bool is_unix)
        : socket_(std::move(socket)), peer_(std::move(peer)), is_unix_(is_unix) {}

    void async_read_some(asio::mutable_buffer buffer, Completion completion) override {
        socket_.async_read_some(buffer, std::move(completion));
    }
    void async_write_some(asio::const_buffer buffer, Completion completion) override {
        socket_.async_write_some(buffer, std::move(completion));
    }
    void async_shutdown(Ended ended) override {
        ErrorCode error;
        socket_.shutdown(asio::socket_base::shutdown_send, error);
        asio::post(socket_.get_executor(), [ended = std::move(ended), error] { ended(error); });
    }
    // Of a unix socket the kernel reports the hang-up, also of an end that had sent all it wanted to long before. One
    // of TCP that is closed says no more than one that only ends its sending.
    void async_wait_for_hang_up(Ended ended) override {
        if (is_unix_)
            socket_.async_wait(StreamSocket::wait_error, std::move(ended));
        else
            asio::post(socket_.get_executor(), [ended = std::move(ended)] { ended({}); });
    }
    void close() override {
        ErrorCode ignored;
        socket_.close(ignored);
    }
    asio::any_io_executor executor() override { return socket_.get_executor(); }
    int native_handle() const override {
        return socket_.is_open() ? const_cast<StreamSocket&>(socket_).native_handle() : -1;
    }
    const Peer& peer() const override { return peer_; }
    const std::string& application_protocol() const override { return none_; }

private:
    StreamSocket socket_;
    Peer peer_;
    bool is_unix_;
    std::string none_;
};

void set_option(int socket, int level, int name, int value) {
    (void)::setsockopt(socket, level, name, &value, sizeof value);  // a stream without it still works
}

void tune_tcp(int socket) {
    set_option(socket, IPPROTO_TCP, TCP_NODELAY, 1);
    set_option(socket, SOL_SOCKET, SO_KEEPALIVE, 1);
    set_option(socket, IPPROTO_TCP, TCP_KEEPIDLE, keep_alive_idle_seconds);
    set_option(socket, IPPROTO_TCP, TCP_KEEPINTVL, keep_alive_interval_seconds);
    set_option(socket, IPPROTO_TCP, TCP_KEEPCNT, keep_alive_probes);
}

int domain_of(int socket) {
    int domain = AF_UNSPEC;
    socklen_t size = sizeof domain;
    (void)::getsockopt(socket, SOL_SOCKET, SO_DOMAIN, &domain, &size);
    return domain;
}

std::string address_of(const asio::ip::tcp::endpoint& endpoint) {
    const std::string address = endpoint.address().to_string();
    if (endpoint.address().is_v6())
        return fmt::format("[{}]:{}", address, endpoint.port());
    return fmt::format("{}:{}", address, endpoint.port());
}

Result<Peer> tcp_peer(int socket) {
    asio::ip::tcp::endpoint endpoint;
    auto size = static_cast<socklen_t>(endpoint.capacity());
    if (::getpeername(socket, endpoint.data(), &size) != 0)
        return system_error(errno, "ask who has connected");
    endpoint.resize(size);
    return Peer{address_of(endpoint), {}};
}

Result<Peer> unix_peer(int socket) {
    const auto credentials = peer_credentials(socket);
    if (!credentials)
        return credentials.error();
    return Peer{{}, *credentials};
}

}  // namespace

Result<std::unique_ptr<ByteStream>> accepted_stream(StreamSocket socket) {
    const int number = socket.native_handle();
    const bool is_unix = domain_of(number) == AF_UNIX;
    Result<Peer> peer = is_unix ? unix_peer(number) : tcp_peer(number);
    if (!peer)
        return peer.error();
    if (!is_unix)
        tune_tcp(number);
    return std::unique_ptr<ByteStream>(std::make_unique<SocketStream>(std::move(socket), std::move(*peer), is_unix));
}

std::unique_ptr<ByteStream> connected_stream(asio::any_io_executor executor, FileDescriptor socket) {
    const int domain = domain_of(socket.number());
    if (domain != AF_UNIX)
        tune_tcp(socket.number());
    StreamSocket stream(std::move(executor));
    ErrorCode error;
    stream.assign(asio::generic::stream_protocol(domain, 0), socket.number(), error);
    if (!error)
        (void)socket.release();  // it is the stream's now; without an owner every operation of the stream fails
    return std::make_unique<SocketStream>(std::move(stream), Peer{}, domain == AF_UNIX);
}

}  // namespace noodstop::platform
