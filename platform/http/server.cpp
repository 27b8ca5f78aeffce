#include "platform/http/server.hpp"

#include "platform/http/connection.hpp"
#include "platform/net/acceptor.hpp"

#include <set>
#include <vector>

namespace noodstop::platform {

struct HttpServer::Impl : std::enable_shared_from_this<HttpServer::Impl> {
    Impl(boost::asio::io_context& io_context, HttpServerOptions options)
        : io(io_context),
          shared(std::make_shared<HttpShared>(HttpShared{options.limits, std::move(options.handler), {}})),
          make_http2(std::move(options.make_http2)),
          slots({options.limits.connections_max, options.limits.connections_root_only}) {}

    void start() {
        if (make_http2)
            shared->turn_to_http2 = [weak = weak_from_this()](ConnectionPlace place) {
                if (const auto self = weak.lock())
                    self->keep(self->make_http2(std::move(place)));
            };
    }

    void listen(FileDescriptor listening_socket) {
        acceptors.push_back(std::make_unique<Acceptor>(
            io, std::move(listening_socket), [this](std::unique_ptr<ByteStream> stream) { serve(std::move(stream)); }));
    }

    void serve(std::unique_ptr<ByteStream> stream) {
        auto slot = slots.take(is_root(stream->peer()));
        if (!slot || is_stopping)
            return stream->close();
        const bool is_http2 = stream->application_protocol() == "h2";
        ConnectionPlace place{std::move(stream), std::move(*slot), {}, closed()};
        if (!is_http2)
            keep(make_http1(std::move(place), shared));
        else if (make_http2)
            keep(make_http2(std::move(place)));
    }

    // Kept before it starts: it may be over as soon as it has.
    void keep(const std::shared_ptr<OpenConnection>& connection) {
        connections.insert(connection);
        connection->start();
    }

    std::function<void(const OpenConnection&)> closed() {
        return [weak = weak_from_this()](const OpenConnection& connection) {
            if (const auto self = weak.lock())
                std::erase_if(self->connections, [&](const auto& kept) { return kept.get() == &connection; });
        };
    }

    void shut_down() {
        is_stopping = true;
        acceptors.clear();
        for (const auto& connection : std::set(connections))
            connection->shut_down();
    }

    void stop() {
        is_stopping = true;
        acceptors.clear();
        for (const auto& connection : std::set(connections))
            connection->close();
    }

    boost::asio::io_context& io;
    std::shared_ptr<HttpShared> shared;
    Http2Maker make_http2;
    ConnectionSlots slots;
    std::set<std::shared_ptr<OpenConnection>> connections;
    std::vector<std::unique_ptr<Acceptor>> acceptors;
    bool is_stopping = false;
};

HttpServer::HttpServer(boost::asio::io_context& io, HttpServerOptions options)
    : impl_(std::make_shared<Impl>(io, std::move(options))) {
    impl_->start();
}

HttpServer::~HttpServer() {
    impl_->stop();
}

void HttpServer::listen(FileDescriptor listening_socket) {
    impl_->listen(std::move(listening_socket));
}

void HttpServer::serve(std::unique_ptr<ByteStream> stream) {
    impl_->serve(std::move(stream));
}

void HttpServer::shut_down() {
    impl_->shut_down();
}

std::size_t HttpServer::connection_count() const {
    return impl_->slots.taken_count();
}

}  // namespace noodstop::platform
