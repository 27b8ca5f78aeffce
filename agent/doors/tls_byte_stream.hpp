// A TLS stream as protocols want it: the ByteStream that they are written against.
#pragma once

#include "platform/net/byte_stream.hpp"
#include "platform/tls/stream.hpp"

#include <memory>

namespace noodstop::doors {

// `peer` is what the protocol gets to know of the other end. Ending in order says close_notify first.
std::unique_ptr<platform::ByteStream> byte_stream_of(std::unique_ptr<platform::tls::Stream> stream,
                                                     platform::Peer peer);

}  // namespace noodstop::doors
