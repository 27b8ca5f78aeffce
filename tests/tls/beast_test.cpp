#include "platform/tls/errors.hpp"
#include "tests/tls/beast_http.hpp"

#include <doctest/doctest.h>

using namespace noodstop::platform::tls;
using namespace noodstop::testing;

namespace {

struct Open {
    Open() { REQUIRE(pair.shake_hands()); }
    boost::asio::io_context io;
    StreamPair pair{io, server_keyring(), client_keyring()};
};

}  // namespace

TEST_CASE("Beast's HTTP goes over our streams, and an orderly end is the end of the stream") {
    Open open;
    const std::string body(200'000, 'b');
    const HttpOutcome outcome = exchange_http(open.pair, body, Ending::orderly);
    CHECK(outcome.status == 202);
    CHECK(outcome.request_body == body);
    CHECK(outcome.response_body == body);
    CHECK(!outcome.server_end);
    CHECK(outcome.rest.message() == "end of stream");
}

TEST_CASE("a connection that is cut ends Beast's read with an error, and not in an endless loop") {
    Open open;
    CHECK(exchange_http(open.pair, "small", Ending::cut).rest == TlsError::truncated);
}

TEST_CASE("a body that only the end delimits is whole only after an orderly end") {
    Open orderly;
    CHECK(!read_until_end(orderly.pair, Ending::orderly));
    Open cut;
    CHECK(read_until_end(cut.pair, Ending::cut) == TlsError::truncated);
}

TEST_CASE("Beast's WebSocket closes over our streams") {
    Open open;
    CHECK(talk_by_websocket(open.pair));
}
