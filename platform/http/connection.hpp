// One connection of the HTTP server that speaks HTTP/1.1, or finds that the other end begins HTTP/2.
#pragma once

#include "platform/http/server.hpp"

#include <functional>
#include <memory>

namespace noodstop::platform {

// What connections share.
struct HttpShared {
    HttpLimits limits;
    HttpHandler handler;
    std::function<void(ConnectionPlace place)> turn_to_http2;  // empty: nobody here speaks it
};

std::shared_ptr<OpenConnection> make_http1(ConnectionPlace place, const std::shared_ptr<HttpShared>& shared);

}  // namespace noodstop::platform
