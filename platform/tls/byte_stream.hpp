// TLS connections as the ByteStream on which HTTP and RPC run.
#pragma once

#include "platform/net/byte_stream.hpp"
#include "platform/tls/listener.hpp"

#include <memory>

namespace noodstop::platform::tls {

// Its peer is the client with its certificate.
std::unique_ptr<ByteStream> byte_stream_of(AcceptedStream accepted);

// Of a connection that we dialled: who is there was verified by the handshake.
std::unique_ptr<ByteStream> byte_stream_of(std::unique_ptr<Stream> dialled);

}  // namespace noodstop::platform::tls
