// Boost.Beast over our streams behind a plain interface: the one slow unit of these tests.
#pragma once

#include "tests/tls/stream_pair.hpp"

#include <string>

namespace noodstop::testing {

enum class Ending {
    orderly,  // close_notify
    cut,      // the socket just closes
};

struct HttpOutcome {
    unsigned status = 0;
    std::string request_body;        // as the server read it
    std::string response_body;       // as the client read it
    boost::system::error_code rest;  // what the client's next read said
    boost::system::error_code server_end;
};

// One request with a body and its chunked response, then the server's end.
HttpOutcome exchange_http(StreamPair& pair, const std::string& body, Ending ending);

// A response without a length, which only the end of the connection ends. What the client's read said.
boost::system::error_code read_until_end(StreamPair& pair, Ending ending);

// A WebSocket's handshake, one message and its closing, which ends in Beast's async_teardown.
bool talk_by_websocket(StreamPair& pair);

}  // namespace noodstop::testing
