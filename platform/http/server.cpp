#include "platform/http/server.hpp"

#include "platform/http/connection.hpp"

namespace noodstop::platform {

using namespace http_server;

namespace {

constexpr auto accept_pause = std::chrono::milliseconds(100);  // after a failed accept, e.g. no descriptors left

}  // namespace

struct HttpServer::Impl : std::enable_shared_from_this<HttpServer::Impl> {
    Impl(asio::io_context& io, FileDescriptor listening_socket, HttpLimits limits, HttpHandler handler)
        : acceptor(io), pause(io), shared(std::make_shared<Shared>(limits, std::move(handler))) {
        acceptor.assign(asio::local::stream_protocol(), listening_socket.release());
    }

    void accept() {
        acceptor.async_accept([self = shared_from_this()](ErrorCode error, Socket socket) {
            if (self->is_stopped)
                return;
            if (error)
                return self->accept_later();
            self->admit(std::move(socket));
            self->accept();
        });
    }

    void accept_later() {
        pause.expires_after(accept_pause);
        pause.async_wait([self = shared_from_this()](ErrorCode error) {
            if (!error && !self->is_stopped)
                self->accept();
        });
    }

    void admit(Socket socket) {
        const auto peer = peer_credentials(socket.native_handle());
        if (!peer || shared->connections.size() >= connections_max_for(*peer))
            return;  // closes it
        const auto connection = std::make_shared<Connection>(std::move(socket), *peer, shared);
        shared->connections.insert(connection);
        connection->start();
    }

    std::size_t connections_max_for(const PeerCredentials& peer) const {
        const HttpLimits& limits = shared->limits;
        const std::size_t reserved = peer.user == 0 ? 0 : limits.connections_root_only;
        return limits.connections_max - std::min(reserved, limits.connections_max);
    }

    void stop() {
        is_stopped = true;
        ErrorCode ignored;
        acceptor.close(ignored);
        pause.cancel();
        for (const auto& connection : std::set(shared->connections))
            connection->close();
    }

    asio::local::stream_protocol::acceptor acceptor;
    asio::steady_timer pause;
    std::shared_ptr<Shared> shared;
    bool is_stopped = false;
};

HttpServer::HttpServer(asio::io_context& io, FileDescriptor listening_socket, HttpLimits limits, HttpHandler handler)
    : impl_(std::make_shared<Impl>(io, std::move(listening_socket), limits, std::move(handler))) {
    impl_->accept();
}

HttpServer::~HttpServer() {
    impl_->stop();
}

std::size_t HttpServer::connection_count() const {
    return impl_->shared->connections.size();
}

}  // namespace noodstop::platform
