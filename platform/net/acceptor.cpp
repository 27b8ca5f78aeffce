#include "platform/net/acceptor.hpp"

#include "platform/net/socket_stream.hpp"

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <sys/socket.h>

namespace noodstop::platform {
namespace {

namespace asio = boost::asio;
using asio::generic::stream_protocol;

constexpr auto accept_pause = std::chrono::milliseconds(100);  // after a failed accept, e.g. no descriptors left

stream_protocol protocol_of(int socket) {
    int domain = AF_UNSPEC;
    socklen_t size = sizeof domain;
    (void)::getsockopt(socket, SOL_SOCKET, SO_DOMAIN, &domain, &size);
    return {domain, 0};
}

}  // namespace

struct Acceptor::Impl : std::enable_shared_from_this<Acceptor::Impl> {
    Impl(asio::io_context& io, FileDescriptor listening_socket, Accepted given_accepted)
        : acceptor(io), pause(io), accepted(std::move(given_accepted)) {
        const stream_protocol protocol = protocol_of(listening_socket.number());
        acceptor.assign(protocol, listening_socket.release());
    }

    void accept() {
        acceptor.async_accept([self = shared_from_this()](boost::system::error_code error, StreamSocket socket) {
            if (self->is_stopped)
                return;
            if (error)
                return self->accept_later();
            if (auto stream = accepted_stream(std::move(socket)))
                self->accepted(std::move(*stream));
            if (!self->is_stopped)
                self->accept();
        });
    }

    void accept_later() {
        pause.expires_after(accept_pause);
        pause.async_wait([self = shared_from_this()](boost::system::error_code error) {
            if (!error && !self->is_stopped)
                self->accept();
        });
    }

    void stop() {
        is_stopped = true;
        boost::system::error_code ignored;
        acceptor.close(ignored);
        pause.cancel();
    }

    asio::basic_socket_acceptor<stream_protocol> acceptor;
    asio::steady_timer pause;
    Accepted accepted;
    bool is_stopped = false;
};

Acceptor::Acceptor(asio::io_context& io, FileDescriptor listening_socket, Accepted accepted)
    : impl_(std::make_shared<Impl>(io, std::move(listening_socket), std::move(accepted))) {
    impl_->accept();
}

Acceptor::~Acceptor() {
    impl_->stop();
}

}  // namespace noodstop::platform
