// TCP by addresses in numbers: listening and connecting. Names are resolved elsewhere.
#pragma once

#include "platform/net/byte_stream.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace noodstop::platform {

struct TcpEndpoint {
    std::string address = "127.0.0.1";  // IPv4 or IPv6
    std::uint16_t port = 0;             // 0, to listen: any that is free
};

struct ListenTcpOptions {
    TcpEndpoint endpoint;
    int pending_max = 64;  // connections that nobody has accepted yet
};

// A non-blocking listening socket.
Result<FileDescriptor> listen_tcp(const ListenTcpOptions& options);
// One that is bound and refuses connections until somebody listens on it. The address need not be there yet.
Result<FileDescriptor> bind_tcp(const TcpEndpoint& endpoint);
Result<std::uint16_t> port_of(int listening_socket);

struct ConnectTcpOptions {
    TcpEndpoint endpoint;
    std::chrono::milliseconds deadline = std::chrono::seconds(5);
};

// Answers once, on the executor, and never from within this call.
using TcpConnected = std::function<void(Result<std::unique_ptr<ByteStream>> stream)>;
void async_connect_tcp(const boost::asio::any_io_executor& executor, const ConnectTcpOptions& options,
                       TcpConnected connected);

}  // namespace noodstop::platform
