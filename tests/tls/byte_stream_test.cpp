#include "platform/tls/byte_stream.hpp"

#include "tests/tls/stream_pair.hpp"

#include <doctest/doctest.h>

using namespace noodstop::platform;
using namespace noodstop::testing;
using ErrorCode = boost::system::error_code;

namespace {

struct BytePair {
    BytePair() {
        REQUIRE(pair.shake_hands());
        server = tls::byte_stream_of({std::move(pair.server), "192.0.2.1:40000"});
        client = tls::byte_stream_of(std::move(pair.client));
    }

    // What the next read of an end gives, or its error.
    std::pair<ErrorCode, std::string> read_from(ByteStream& stream) {
        std::string bytes(100, '\0');
        std::optional<ErrorCode> told;
        stream.async_read_some(boost::asio::buffer(bytes), [&](ErrorCode error, std::size_t size) {
            told = error;
            bytes.resize(size);
        });
        REQUIRE(run_until(io, [&] { return told.has_value(); }));
        return {*told, bytes};
    }

    boost::asio::io_context io;
    tls::Keyring server_keys = server_keyring("server", {"h2", "http/1.1"});
    tls::Keyring client_keys = client_keyring("operator", {"http/1.1"});
    StreamPair pair{io, server_keys, client_keys};
    std::unique_ptr<ByteStream> server;
    std::unique_ptr<ByteStream> client;
};

}  // namespace

TEST_CASE("a TLS connection as bytes knows who is there and what was agreed, and lends its socket to nobody") {
    BytePair pair;
    const ClientCertificate* certificate = certificate_of(pair.server->peer());
    REQUIRE(certificate != nullptr);
    CHECK(certificate->uris == std::vector<std::string>{"noodstop:role/operator"});
    CHECK(certificate->fingerprint.size() == 64);
    CHECK(pair.server->peer().address == "192.0.2.1:40000");
    CHECK(pair.server->application_protocol() == "http/1.1");
    CHECK(pair.server->native_handle() == -1);
    CHECK(!is_root(pair.server->peer()));
}

TEST_CASE("bytes cross it, and its end is told from its being cut off") {
    for (const bool in_order : {true, false}) {
        CAPTURE(in_order);
        BytePair pair;
        pair.client->async_write_some(boost::asio::buffer("hello", 5), [](ErrorCode, std::size_t) {});
        CHECK(pair.read_from(*pair.server).second == "hello");
        std::optional<ErrorCode> ended;
        if (in_order)
            pair.client->async_shutdown([&](ErrorCode error) { ended = error; });
        else
            pair.client->close();
        const ErrorCode error = pair.read_from(*pair.server).first;
        CHECK((error == boost::asio::error::eof) == in_order);
        CHECK(error.failed());
        CHECK(run_until(pair.io, [&] { return !in_order || ended.has_value(); }));
    }
}

TEST_CASE("closing ends what is under way") {
    BytePair pair;
    std::optional<ErrorCode> told;
    char byte = 0;
    pair.server->async_read_some(boost::asio::buffer(&byte, 1), [&](ErrorCode error, std::size_t) { told = error; });
    pair.server->close();
    REQUIRE(run_until(pair.io, [&] { return told.has_value(); }));
    CHECK(*told == boost::asio::error::operation_aborted);
}
