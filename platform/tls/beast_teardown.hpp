// What Boost.Beast asks of a stream beneath a WebSocket, found by argument-dependent lookup.
#pragma once

#include "platform/tls/stream.hpp"

#include <boost/beast/core/role.hpp>

namespace noodstop::platform::tls {

inline constexpr auto teardown_deadline = std::chrono::seconds(5);

// Without waiting there is no saying goodbye.
inline void teardown(boost::beast::role_type, Stream& stream, boost::system::error_code& error) {
    error = {};
    stream.close();
}

template <class Handler>
void async_teardown(boost::beast::role_type, Stream& stream, Handler&& handler) {
    stream.async_shutdown(teardown_deadline, std::forward<Handler>(handler));
}

}  // namespace noodstop::platform::tls
