#include "platform/net/tcp.hpp"

#include "platform/net/socket_stream.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>
#include <sys/socket.h>

#include <cerrno>
#include <netinet/in.h>

namespace noodstop::platform {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

std::string described(const TcpEndpoint& endpoint) {
    return fmt::format("{} port {}", endpoint.address, endpoint.port);
}

Result<tcp::endpoint> numbers_of(const TcpEndpoint& endpoint) {
    boost::system::error_code error;
    const auto address = asio::ip::make_address(endpoint.address, error);
    if (error)
        return Error{EINVAL, fmt::format("{} is no address in numbers", endpoint.address)};
    return tcp::endpoint(address, endpoint.port);
}

enum class AddressMay : std::uint8_t { be_here, come_later };

Result<FileDescriptor> bound_socket(const TcpEndpoint& endpoint, AddressMay may) {
    const auto numbers = numbers_of(endpoint);
    if (!numbers)
        return numbers.error();
    FileDescriptor socket(::socket(numbers->protocol().family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket.valid())
        return system_error(errno, "make a TCP socket");
    const int yes = 1;
    (void)::setsockopt(socket.number(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);  // it only saves a wait
    if (may == AddressMay::come_later)
        (void)::setsockopt(socket.number(), IPPROTO_IP, IP_FREEBIND, &yes, sizeof yes);  // else bind() says so
    if (::bind(socket.number(), numbers->data(), static_cast<socklen_t>(numbers->size())) != 0)
        return system_error(errno, "listen on " + described(endpoint));
    return socket;
}

// One attempt to connect. What it waits for holds it.
class TcpAttempt : public std::enable_shared_from_this<TcpAttempt> {
public:
    TcpAttempt(const asio::any_io_executor& executor, const TcpEndpoint& endpoint, TcpConnected connected)
        : socket_(executor), timer_(executor), endpoint_(endpoint), connected_(std::move(connected)) {}

    void start(std::chrono::milliseconds deadline) {
        const auto numbers = numbers_of(endpoint_);
        if (!numbers)
            return asio::post(socket_.get_executor(),
                              [self = shared_from_this(), error = numbers.error()] { self->connected_(error); });
        timer_.expires_after(deadline);
        timer_.async_wait([self = shared_from_this()](boost::system::error_code error) {
            if (!error)
                self->socket_.close(error);
        });
        socket_.async_connect(*numbers,
                              [self = shared_from_this()](boost::system::error_code error) { self->finish(error); });
    }

private:
    void finish(boost::system::error_code error) {
        timer_.cancel();
        if (error == asio::error::operation_aborted)
            return connected_(system_error(ETIMEDOUT, "connect to " + described(endpoint_)));
        if (error)
            return connected_(system_error(error.value(), "connect to " + described(endpoint_)));
        const asio::any_io_executor executor = socket_.get_executor();
        connected_(connected_stream(executor, FileDescriptor(socket_.release(error))));
    }

    tcp::socket socket_;
    asio::steady_timer timer_;
    TcpEndpoint endpoint_;
    TcpConnected connected_;
};

}  // namespace

Result<FileDescriptor> listen_tcp(const ListenTcpOptions& options) {
    auto socket = bound_socket(options.endpoint, AddressMay::be_here);
    if (socket && ::listen(socket->number(), options.pending_max) != 0)
        return system_error(errno, "listen on " + described(options.endpoint));
    return socket;
}

Result<FileDescriptor> bind_tcp(const TcpEndpoint& endpoint) {
    return bound_socket(endpoint, AddressMay::come_later);
}

Result<std::uint16_t> port_of(int listening_socket) {
    tcp::endpoint endpoint;
    auto size = static_cast<socklen_t>(endpoint.capacity());
    if (::getsockname(listening_socket, endpoint.data(), &size) != 0)
        return system_error(errno, "ask for the port of a socket");
    endpoint.resize(size);
    return endpoint.port();
}

void async_connect_tcp(const asio::any_io_executor& executor, const ConnectTcpOptions& options,
                       TcpConnected connected) {
    std::make_shared<TcpAttempt>(executor, options.endpoint, std::move(connected))->start(options.deadline);
}

}  // namespace noodstop::platform
