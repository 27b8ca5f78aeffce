#include "platform/tls/engine.hpp"

#include "tests/tls/wire.hpp"

#include <doctest/doctest.h>

using namespace noodstop::platform::tls;
using namespace noodstop::testing;

namespace {

std::string long_text(std::size_t size) {
    std::string text;
    while (text.size() < size)
        text += "line " + std::to_string(text.size()) + "\n";
    text.resize(size);
    return text;
}

}  // namespace

TEST_CASE("two ends shake hands, know each other and talk both ways") {
    Wire wire(server_keyring("server", {"h2", "http/1.1"}), client_keyring("operator", {"http/1.1"}));
    wire.shake_hands();
    REQUIRE_MESSAGE(wire.is_open(), wire.client.problem() << " / " << wire.server.problem());
    const Peer& client = wire.server.peer();
    CHECK(client.certificate.common_name == "operator");
    CHECK(client.certificate.uris == std::vector<std::string>{"noodstop:role/operator"});
    CHECK(client.certificate.fingerprint.size() == 64);
    CHECK(client.protocol == "http/1.1");
    CHECK(client.version == "TLSv1.2");
    CHECK(!client.is_resumed);
    const Peer& server = wire.client.peer();
    CHECK(server.certificate.host_names == std::vector<std::string>{"localhost"});
    CHECK(server.certificate.addresses == std::vector<std::string>{"127.0.0.1", "::1"});
    CHECK(send_through(wire.client, wire.server, "status?") == "status?");
    CHECK(send_through(wire.server, wire.client, "armed") == "armed");
}

TEST_CASE("however the bytes are cut on their way, the same arrives") {
    const Keyring server = server_keyring();
    const Keyring client = client_keyring();
    const std::string text = long_text(40'000);
    for (const std::size_t piece : {1, 2, 5, 6, 7, 100, 16'384}) {
        CAPTURE(piece);
        Wire wire(server, client);
        wire.shake_hands(piece);
        REQUIRE(wire.is_open());
        CHECK(send_through(wire.client, wire.server, text, piece) == text);
        CHECK(send_through(wire.server, wire.client, text, piece) == text);
    }
}

TEST_CASE("a write takes one record at most, and nothing while too much waits") {
    Wire wire(server_keyring(), client_keyring());
    wire.shake_hands();
    const std::string text = long_text(1'000'000);
    std::size_t taken = 0;
    Step step = wire.client.write(text);
    while (step.outcome == Outcome::done) {
        CHECK(step.size <= 16'384);
        taken += step.size;
        step = wire.client.write(std::string_view(text).substr(taken));
    }
    CHECK(step.outcome == Outcome::wants_output);
    CHECK(wire.client.output().size() < Engine::output_max + 20'000);
}

TEST_CASE("plaintext that waits inside is read without new input") {
    Wire wire(server_keyring(), client_keyring());
    wire.shake_hands();
    REQUIRE(wire.client.write("abcdef").outcome == Outcome::done);
    Wire::move(wire.client, wire.server);
    char byte = 0;
    std::string read;
    while (wire.server.read(&byte, 1).outcome == Outcome::done)
        read += byte;
    CHECK(read == "abcdef");
}

TEST_CASE("a transport that ends without close_notify is truncated, with it closed") {
    char bytes[100];
    Wire cut(server_keyring(), client_keyring());
    cut.shake_hands();
    REQUIRE(cut.client.write("half of an ans").outcome == Outcome::done);
    Wire::move(cut.client, cut.server);
    cut.server.put_end();
    CHECK(cut.server.read(bytes, sizeof bytes).size == 14);
    for (int attempt = 0; attempt < 3; ++attempt)
        CHECK(cut.server.read(bytes, sizeof bytes).outcome == Outcome::truncated);
    CHECK(cut.server.error() == TlsError::truncated);

    Wire whole(server_keyring(), client_keyring());
    whole.shake_hands();
    REQUIRE(whole.client.write("an answer").outcome == Outcome::done);
    CHECK(whole.client.close().outcome == Outcome::done);
    Wire::move(whole.client, whole.server);
    whole.server.put_end();
    CHECK(whole.server.read(bytes, sizeof bytes).size == 9);
    for (int attempt = 0; attempt < 3; ++attempt)
        CHECK(whole.server.read(bytes, sizeof bytes).outcome == Outcome::closed);
}

TEST_CASE("an end that was cut off at any byte is never taken for a whole one") {
    const Keyring server = server_keyring();
    const Keyring client = client_keyring();
    for (std::size_t kept = 0;; ++kept) {
        CAPTURE(kept);
        Wire wire(server, client);
        wire.shake_hands();
        REQUIRE(wire.client.write("data").outcome == Outcome::done);
        REQUIRE(wire.client.close().outcome == Outcome::done);
        const std::size_t whole = wire.client.output().size();
        Wire::move(wire.client, wire.server, kept);
        wire.server.put_end();
        char bytes[100];
        Step step;
        do
            step = wire.server.read(bytes, sizeof bytes);
        while (step.outcome == Outcome::done);
        CHECK(step.outcome == (kept < whole ? Outcome::truncated : Outcome::closed));
        if (kept >= whole)
            break;
        kept += whole / 20;  // each costs a handshake
        kept = std::min(kept, whole - 1);
    }
}

TEST_CASE("after the other end's close_notify one may still write, after one's own not") {
    Wire wire(server_keyring(), client_keyring());
    wire.shake_hands();
    CHECK(wire.client.close().outcome == Outcome::done);
    Wire::move(wire.client, wire.server);
    char bytes[100];
    CHECK(wire.server.read(bytes, sizeof bytes).outcome == Outcome::closed);
    REQUIRE(wire.server.write("the rest").outcome == Outcome::done);
    Wire::move(wire.server, wire.client);
    CHECK(wire.client.read(bytes, sizeof bytes).size == 8);
    CHECK(wire.client.write("more").outcome == Outcome::failed);
}

TEST_CASE("one wrong byte in a record ends the connection") {
    Wire wire(server_keyring(), client_keyring());
    wire.shake_hands();
    REQUIRE(wire.client.write("pay 1 euro").outcome == Outcome::done);
    std::string bytes(wire.client.output());
    bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
    wire.server.put(bytes);
    char read[100];
    CHECK(wire.server.read(read, sizeof read).outcome == Outcome::failed);
    CHECK(wire.server.error() == TlsError::broken);
    CHECK(wire.server.read(read, sizeof read).outcome == Outcome::failed);
    CHECK(wire.server.write("x").outcome == Outcome::failed);
}

TEST_CASE("a handshake that is cut off at any byte fails at both ends, and none believes that it is open") {
    const Keyring server = server_keyring();
    const Keyring client = client_keyring();
    for (std::size_t round = 0; round < 40; ++round) {
        const std::size_t kept = 1 + round * 37;
        CAPTURE(kept);
        Wire wire(server, client);
        std::size_t left = kept;  // of what the client sends; a whole handshake is longer
        bool moved = true;
        while (moved) {
            wire.client.handshake();
            const std::size_t count = std::min(left, wire.client.output().size());
            moved = Wire::move(wire.client, wire.server, count);
            left -= count;
            wire.server.handshake();
            moved |= Wire::move(wire.server, wire.client);
        }
        if (wire.server.is_open())
            break;
        wire.server.put_end();
        wire.client.put_end();
        CHECK(wire.server.handshake().outcome == Outcome::truncated);
        CHECK(wire.client.handshake().outcome == Outcome::truncated);
        CHECK(wire.server.problem().find("during the TLS handshake") != std::string::npos);
        CHECK(round < 39);
    }
}

TEST_CASE("rubbish in place of a hello is refused") {
    const Keyring server = server_keyring();
    for (const std::string& rubbish :
         {std::string("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), std::string(2000, '\xff'), std::string(100, '\0')}) {
        Engine engine(server.context());
        engine.put(rubbish);
        CHECK(engine.handshake().outcome == Outcome::failed);
        CHECK(engine.error() == TlsError::no_agreement);
        CHECK(!engine.problem().empty());
        CHECK(!engine.is_open());
    }
}

TEST_CASE("certificates that are not good enough are refused, and both ends say why") {
    struct Case {
        const char* server;
        const char* client;
        const char* host;
        const char* refused_by;
        const char* why;
        const char* told;
    };
    const Case cases[] = {
        {"server", "expired", "localhost", "server", "has expired", "certificate expired"},
        {"server", "other/operator", "localhost", "server", "not signed by an authority", "unknown authority"},
        {"expired", "operator", "localhost", "client", "has expired", ""},
        {"other/server", "operator", "localhost", "client", "not signed by an authority", "unknown authority"},
        {"elsewhere", "operator", "localhost", "client", "for another host than localhost", ""},
        {"server", "operator", "127.0.0.2", "client", "for another host than 127.0.0.2", ""},
        {"elsewhere", "operator", "127.0.0.1", "client", "for another host than 127.0.0.1", ""},
    };
    for (const Case& one : cases) {
        CAPTURE(one.server);
        CAPTURE(one.client);
        CAPTURE(one.host);
        Wire wire(server_keyring(one.server), client_keyring(one.client), one.host);
        wire.shake_hands();
        CHECK(!wire.server.is_open());
        CHECK(!wire.client.is_open());
        const bool by_server = std::string_view(one.refused_by) == "server";
        const Engine& refusing = by_server ? wire.server : wire.client;
        const Engine& refused = by_server ? wire.client : wire.server;
        CHECK(refusing.error() == TlsError::certificate_refused);
        CHECK_MESSAGE(refusing.problem().find(one.why) != std::string::npos, refusing.problem());
        CHECK(refused.error() == TlsError::refused_by_peer);
        CHECK_MESSAGE(refused.problem().find(one.told) != std::string::npos, refused.problem());
    }
}

TEST_CASE("a client without a certificate is refused") {
    CredentialFiles files = files_of("operator");
    files.certificate.clear();
    files.key.clear();
    Wire wire(server_keyring(), keyring_of(files, {.role = Role::client}));
    wire.shake_hands();
    CHECK(!wire.server.is_open());
    CHECK(!wire.client.is_open());
    CHECK(wire.server.problem() == "the other end shows no certificate, and one is required");
    CHECK(wire.client.problem().find("a certificate is wanted") != std::string::npos);
}

TEST_CASE("a server is known by its address too") {
    for (const char* host : {"127.0.0.1", "::1", "0:0::1"}) {
        CAPTURE(host);
        Wire wire(server_keyring(), client_keyring(), host);
        wire.shake_hands();
        CHECK_MESSAGE(wire.is_open(), wire.client.problem());
    }
}

TEST_CASE("a client has to say whom it wants to reach") {
    Engine nowhere(client_keyring().context(), Target{"", 1});
    CHECK(nowhere.handshake().outcome == Outcome::failed);
    Engine no_target(client_keyring().context());
    CHECK(no_target.handshake().outcome == Outcome::failed);
    Engine no_client(server_keyring().context(), Target{"localhost", 1});
    CHECK(no_client.handshake().outcome == Outcome::failed);
}

TEST_CASE("ends that share no application protocol don't talk") {
    Wire wire(server_keyring("server", {"h2"}), client_keyring("operator", {"http/1.1"}));
    wire.shake_hands();
    CHECK(!wire.server.is_open());
    CHECK(wire.server.error() == TlsError::no_agreement);
    CHECK(wire.client.problem().find("no common application protocol") != std::string::npos);

    Wire none(server_keyring("server", {"h2"}), client_keyring());
    none.shake_hands();
    CHECK(none.is_open());
    CHECK(none.server.peer().protocol.empty());
}

TEST_CASE("nothing is read or written before the handshake") {
    Wire wire(server_keyring(), client_keyring());
    char bytes[10];
    CHECK(wire.client.write("early").outcome == Outcome::failed);
    CHECK(wire.server.read(bytes, sizeof bytes).outcome == Outcome::failed);
    CHECK(wire.client.output().empty());
}
