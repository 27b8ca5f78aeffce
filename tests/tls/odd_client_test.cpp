// A client that does what an honest one may not: made of mbedTLS directly, with renegotiation allowed.
#include "platform/tls/context_parts.hpp"
#include "platform/tls/engine.hpp"
#include "tests/tls/certificates.hpp"

#include <doctest/doctest.h>

using namespace noodstop::platform::tls;
using namespace noodstop::testing;

namespace {

class OddClient {
public:
    explicit OddClient(Engine& server) : server_(server) {
        mbedtls_ssl_config* config = keyring_.context()->parts().config.get();
        mbedtls_ssl_conf_renegotiation(config, MBEDTLS_SSL_RENEGOTIATION_ENABLED);
        REQUIRE(mbedtls_ssl_setup(connection_.get(), config) == 0);
        REQUIRE(mbedtls_ssl_set_hostname(connection_.get(), "localhost") == 0);
        mbedtls_ssl_set_bio(connection_.get(), this, send, receive, nullptr);
        for (int turn = 0; turn < 10 && !server_.is_open(); ++turn) {
            mbedtls_ssl_handshake(connection_.get());
            server_.handshake();
        }
        mbedtls_ssl_handshake(connection_.get());
        REQUIRE(server_.is_open());
    }

    int write(std::string_view text) {
        return mbedtls_ssl_write(connection_.get(), reinterpret_cast<const unsigned char*>(text.data()), text.size());
    }
    int renegotiate() { return mbedtls_ssl_renegotiate(connection_.get()); }
    int alert(unsigned char level, unsigned char description) {
        return mbedtls_ssl_send_alert_message(connection_.get(), level, description);
    }

private:
    static int send(void* self, const unsigned char* bytes, std::size_t size) {
        static_cast<OddClient*>(self)->server_.put({reinterpret_cast<const char*>(bytes), size});
        return static_cast<int>(size);
    }
    static int receive(void* self, unsigned char* bytes, std::size_t size) {
        Engine& server = static_cast<OddClient*>(self)->server_;
        const std::string_view waiting = server.output().substr(0, size);
        if (waiting.empty())
            return MBEDTLS_ERR_SSL_WANT_READ;
        std::copy(waiting.begin(), waiting.end(), bytes);
        const auto count = static_cast<int>(waiting.size());
        server.sent(waiting.size());
        return count;
    }

    Engine& server_;
    Keyring keyring_ = client_keyring();
    api::Connection connection_;
};

std::string read_all(Engine& engine, Outcome& end) {
    std::string text;
    char bytes[100];
    for (;;) {
        const Step step = engine.read(bytes, sizeof bytes);
        end = step.outcome;
        if (step.outcome != Outcome::done)
            return text;
        text.append(bytes, step.size);
    }
}

struct Fixture {
    Keyring keyring = server_keyring();
    Engine server{keyring.context()};
    OddClient client{server};
    Outcome end = Outcome::failed;
    std::string read() { return read_all(server, end); }
};

}  // namespace

TEST_CASE("empty records are odd and no end of anything") {
    for (const int empty : {1, 2, 3}) {
        CAPTURE(empty);
        Fixture fixture;
        for (int count = 0; count < empty; ++count)
            fixture.client.write("");
        fixture.client.write("text");
        CHECK(fixture.read() == "text");
        CHECK(fixture.end == Outcome::wants_input);
    }
}

TEST_CASE("a flood of empty records ends the connection") {
    Fixture fixture;
    for (int count = 0; count < 1000; ++count)
        fixture.client.write("");
    CHECK(fixture.read().empty());
    CHECK(fixture.end == Outcome::failed);
}

TEST_CASE("a renegotiation is refused and the connection goes on") {
    Fixture fixture;
    fixture.client.write("before ");
    fixture.client.renegotiate();
    CHECK(fixture.read() == "before ");
    CHECK(fixture.end == Outcome::wants_input);
    CHECK(!fixture.server.output().empty());  // the refusal
    CHECK(fixture.server.is_open());
    CHECK(fixture.server.write("still here").outcome == Outcome::done);
}

TEST_CASE("warnings are passed over, a fatal alert is an end that says why") {
    Fixture fixture;
    fixture.client.alert(MBEDTLS_SSL_ALERT_LEVEL_WARNING, MBEDTLS_SSL_ALERT_MSG_USER_CANCELED);
    fixture.client.write("text");
    CHECK(fixture.read() == "text");
    CHECK(fixture.end == Outcome::wants_input);
    fixture.client.alert(MBEDTLS_SSL_ALERT_LEVEL_FATAL, MBEDTLS_SSL_ALERT_MSG_ACCESS_DENIED);
    CHECK(fixture.read().empty());
    CHECK(fixture.end == Outcome::failed);
    CHECK(fixture.server.error() == TlsError::refused_by_peer);
    CHECK(fixture.server.problem().find("access denied") != std::string::npos);
}
