// One connection of the server that speaks HTTP/2: carries bytes between a stream and the session, and calls between
// the session and the handler.
#pragma once

#include "platform/http/server.hpp"
#include "platform/rpc/http2_limits.hpp"

#include <memory>

namespace noodstop::platform {

std::shared_ptr<OpenConnection> make_http2(ConnectionPlace place, const Http2Limits& limits, HttpHandler handler);

}  // namespace noodstop::platform
