// Accepts connections from a listening socket, unix or TCP, for as long as it lives.
#pragma once

#include "platform/net/byte_stream.hpp"

#include <boost/asio/io_context.hpp>

#include <functional>
#include <memory>

namespace noodstop::platform {

class Acceptor {
public:
    using Accepted = std::function<void(std::unique_ptr<ByteStream> stream)>;

    Acceptor(boost::asio::io_context& io, FileDescriptor listening_socket, Accepted accepted);
    ~Acceptor();
    Acceptor(const Acceptor&) = delete;
    Acceptor& operator=(const Acceptor&) = delete;

private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace noodstop::platform
