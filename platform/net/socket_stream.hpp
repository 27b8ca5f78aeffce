// Plain sockets as streams, unix and TCP alike.
#pragma once

#include "platform/net/byte_stream.hpp"

#include <boost/asio/generic/stream_protocol.hpp>

#include <memory>

namespace noodstop::platform {

using StreamSocket = boost::asio::generic::stream_protocol::socket;

// Of a socket that was accepted: with the credentials that the kernel kept, or the address of the other end. TCP is set
// to send at once and to notice an other end that is gone without a word.
Result<std::unique_ptr<ByteStream>> accepted_stream(StreamSocket socket);

// Of a socket that we connected (blocking or not): nothing is proven about who is there.
std::unique_ptr<ByteStream> connected_stream(boost::asio::any_io_executor executor, FileDescriptor socket);

}  // namespace noodstop::platform
