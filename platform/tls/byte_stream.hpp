// An open TLS connection as the ByteStream that protocols are written against.
#pragma once

#include "platform/net/byte_stream.hpp"
#include "platform/tls/stream.hpp"

#include <memory>
#include <string>

namespace noodstop::platform::tls {

// The handshake is done. `remote` is to be shown: "192.0.2.1:40000". Of a client the peer has proven its certificate.
std::unique_ptr<ByteStream> byte_stream(std::unique_ptr<Stream> stream, std::string remote);

}  // namespace noodstop::platform::tls
