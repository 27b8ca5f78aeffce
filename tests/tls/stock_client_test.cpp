// Our server and the clients of others: openssl s_client and Python's ssl.
#include "tests/tls/child.hpp"
#include "tests/tls/echo_server.hpp"
#include "tests/tls/stream_pair.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

using namespace noodstop::platform::tls;
using namespace noodstop::testing;
using ErrorCode = boost::system::error_code;

namespace {

using Words = std::vector<std::string>;

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

struct Fixture {
    explicit Fixture(std::vector<std::string> protocols = {}, EchoOptions options = {})
        : keyring(server_keyring("server", std::move(protocols))), server(io, keyring, with_patience(options)) {}

    static EchoOptions with_patience(EchoOptions options) {
        options.listener.handshake_deadline = patience;
        options.listener.limits.source_rate = {.at_once_max = 1000, .per_second_max = 1000};
        options.listener.limits.total_rate = {.at_once_max = 1000, .per_second_max = 1000};
        return options;
    }

    static Words shown(const std::string& name) {
        const CredentialFiles files = files_of(name);
        return {"-cert", files.certificate, "-key", files.key};
    }

    // openssl s_client that says `input` and then stays until the server closes.
    std::unique_ptr<Child> s_client(const Words& more, const std::string& input = "hello\n") const {
        Words words = {"openssl",
                       "s_client",
                       "-connect",
                       "127.0.0.1:" + server.port(),
                       "-CAfile",
                       certificate_folder() + "/ca.pem",
                       "-verify_return_error",
                       "-verify_hostname",
                       "localhost",
                       "-servername",
                       "localhost",
                       "-ign_eof"};
        words.insert(words.end(), more.begin(), more.end());
        auto child = std::make_unique<Child>(words);
        child->write(input);
        child->end_input();
        return child;
    }

    std::string run(const Words& more, const std::string& input = "hello\n") {
        const auto child = s_client(more, input);
        REQUIRE(wait_for(*child));
        code = child->exit_code();
        return child->said();
    }

    bool wait_for(Child& child) {
        const auto give_up = std::chrono::steady_clock::now() + patience;
        while (!child.has_ended() && std::chrono::steady_clock::now() < give_up) {
            io.restart();
            io.run_for(std::chrono::milliseconds(5));
        }
        return child.has_ended();
    }

    bool until(const std::function<bool()>& condition) { return run_until(io, condition); }

    boost::asio::io_context io;
    Keyring keyring;
    EchoServer server;
    int code = -1;
};

const EchoOptions one_answer{.closes_after_first = true};

Words operator+(Words left, const Words& right) {
    left.insert(left.end(), right.begin(), right.end());
    return left;
}

}  // namespace

TEST_CASE("openssl shakes hands with us, both ends verified, on the best curve") {
    Fixture fixture({}, one_answer);
    const std::string said = fixture.run(Fixture::shown("operator"));
    CHECK_MESSAGE(fixture.code == 0, said);
    CHECK(has(said, "hello"));
    CHECK(has(said, "Protocol  : TLSv1.2"));
    CHECK(has(said, "Server Temp Key: X25519"));
    CHECK(has(said, "Verify return code: 0 (ok)"));
    CHECK(has(said, "Compression: NONE"));
    CHECK(has(said, "Extended master secret: yes"));
    REQUIRE(fixture.server.lives().size() == 1);
    CHECK(fixture.server.lives()[0]->peer.certificate.uris == std::vector<std::string>{"noodstop:role/operator"});
}

TEST_CASE("openssl without a certificate, or with one that isn't good, is refused") {
    struct Case {
        Words shown;
        const char* why;
        const char* told;
    };
    for (const Case& one : {Case{{}, "the other end shows no certificate", "alert"},
                            Case{Fixture::shown("other/operator"), "not signed by an authority", "unknown ca"},
                            Case{Fixture::shown("expired"), "has expired", "certificate expired"}}) {
        CAPTURE(one.why);
        Fixture fixture({}, one_answer);
        const std::string said = fixture.run(one.shown);
        CHECK(fixture.code != 0);
        CHECK_MESSAGE(has(fixture.server.why_refused(), one.why), fixture.server.why_refused());
        CHECK_MESSAGE(has(said, one.told), said);
        CHECK(fixture.server.lives().empty());
    }
}

TEST_CASE("a client's RSA key is refused, whoever signed its certificate") {
    const std::string begin = certificate_folder() + "/rsa-client";
    const std::string authority = certificate_folder() + "/ca";
    const std::string command = "umask 077; openssl req -newkey rsa:3072 -nodes -subj /CN=rsa -keyout " + begin +
                                ".key 2>/dev/null | openssl x509 -req -days 2 -CA " + authority + ".pem -CAkey " +
                                authority + ".key -out " + begin + ".pem 2>/dev/null";
    REQUIRE(std::system(command.c_str()) == 0);
    Fixture fixture({}, one_answer);
    const std::string said = fixture.run(Fixture::shown("rsa-client"));
    CHECK_MESSAGE(fixture.code != 0, said);
    CHECK_MESSAGE(has(fixture.server.why_refused(), "a key in its chain is not ECDSA"), fixture.server.why_refused());
}

TEST_CASE("old versions and weak suites are refused") {
    const Words weak[] = {
        {"-tls1", "-cipher", "ALL:@SECLEVEL=0"},
        {"-tls1_1", "-cipher", "ALL:@SECLEVEL=0"},
        {"-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA256:@SECLEVEL=0"},  // CBC
        {"-tls1_2", "-cipher", "ECDHE-ECDSA-AES256-SHA:@SECLEVEL=0"},
        {"-tls1_2", "-cipher", "AES128-GCM-SHA256:@SECLEVEL=0"},  // no forward secrecy
        {"-tls1_2", "-cipher", "ECDHE-RSA-AES128-GCM-SHA256"},    // RSA
        {"-tls1_2", "-cipher", "DHE-RSA-AES128-GCM-SHA256"},
        {"-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-CCM"},
        {"-tls1_2", "-cipher", "ECDHE-PSK-CHACHA20-POLY1305", "-psk", "0102"},
        {"-tls1_2", "-cipher", "aNULL:@SECLEVEL=0"},
        {"-tls1_2", "-curves", "secp224r1", "-cipher", "ALL:@SECLEVEL=0"},
        {"-tls1_2", "-curves", "brainpoolP256r1", "-cipher", "ALL:@SECLEVEL=0"},
        {"-tls1_2", "-sigalgs", "ECDSA+SHA1", "-cipher", "ALL:@SECLEVEL=0"},
    };
    Fixture fixture({}, one_answer);
    std::size_t count = 0;
    for (const Words& words : weak) {
        CAPTURE(words[0] + " " + words[2]);
        const std::string said = fixture.run(Fixture::shown("operator") + words);
        CHECK_MESSAGE(fixture.code != 0, said);
        CHECK_MESSAGE(fixture.server.refused().size() == ++count, said);
    }
    CHECK(fixture.server.lives().empty());
}

TEST_CASE("every suite and curve that is offered works") {
    const Words good[] = {
        {"-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256"},
        {"-cipher", "ECDHE-ECDSA-AES256-GCM-SHA384"},
        {"-cipher", "ECDHE-ECDSA-CHACHA20-POLY1305"},
        {"-curves", "X25519:P-256"},
        {"-curves", "P-256"},
        {"-curves", "P-384:P-256"},
    };
    Fixture fixture({}, one_answer);
    for (const Words& words : good) {
        CAPTURE(words[1]);
        const std::string said = fixture.run(Fixture::shown("operator") + Words{"-tls1_2"} + words);
        CHECK_MESSAGE(fixture.code == 0, said);
        if (words[0] == "-cipher")
            CHECK(has(said, "Cipher    : " + words[1]));
    }
    CHECK(fixture.server.refused().empty());
}

TEST_CASE("openssl and we agree on an application protocol, or don't talk") {
    Fixture fixture({"h2", "http/1.1"}, one_answer);
    CHECK(has(fixture.run(Fixture::shown("operator") + Words{"-alpn", "http/1.1,h2"}), "ALPN protocol: h2"));
    CHECK(has(fixture.run(Fixture::shown("operator") + Words{"-alpn", "http/1.1"}), "ALPN protocol: http/1.1"));
    CHECK(has(fixture.run(Fixture::shown("operator")), "No ALPN negotiated"));
    REQUIRE(fixture.server.lives().size() == 3);
    CHECK(fixture.server.lives()[0]->peer.protocol == "h2");
    CHECK(fixture.server.lives()[2]->peer.protocol.empty());
    const std::string said = fixture.run(Fixture::shown("operator") + Words{"-alpn", "spdy/3"});
    CHECK(has(said, "no application protocol"));
    CHECK(fixture.code != 0);
}

TEST_CASE("openssl may not renegotiate") {
    Fixture fixture;
    const std::string said = fixture.run(Fixture::shown("operator") + Words{"-no_ign_eof", "-tls1_2"}, "R\n");
    CHECK(has(said, "RENEGOTIATING"));
    CHECK_MESSAGE(has(said, "no renegotiation"), said);
    CHECK(fixture.code != 0);
}

TEST_CASE("openssl resumes a session, and not once others are trusted") {
    const std::string folder = certificate_folder() + "/resumed";
    std::filesystem::create_directory(folder);
    const CredentialFiles good = files_of("server");
    const CredentialFiles files{good.certificate, good.key, folder + "/ca.pem"};
    std::filesystem::copy_file(good.authorities, files.authorities);
    const std::string session = folder + "/session.pem";
    Fixture fixture({}, one_answer);
    fixture.keyring = keyring_of(files, {.role = Role::server});
    const Words shown = Fixture::shown("operator") + Words{"-tls1_2"};
    CHECK(has(fixture.run(shown + Words{"-sess_out", session}), "New, TLSv1.2"));
    CHECK(has(fixture.run(shown + Words{"-sess_in", session}), "Reused, TLSv1.2"));
    REQUIRE(fixture.server.lives().size() == 2);
    CHECK(fixture.server.lives()[1]->peer.is_resumed);
    CHECK(fixture.server.lives()[1]->peer.certificate.common_name == "operator");

    std::ofstream(files.authorities, std::ios::app) << std::ifstream(certificate_folder() + "/other/ca.pem").rdbuf();
    REQUIRE(fixture.keyring.reload().ok());
    CHECK(has(fixture.run(shown + Words{"-sess_in", session}), "New, TLSv1.2"));
    CHECK(!fixture.server.lives()[2]->peer.is_resumed);
}

TEST_CASE("a ticket that was altered leads to a full handshake") {
    const std::string session = certificate_folder() + "/altered.pem";
    Fixture fixture({}, one_answer);
    const Words shown = Fixture::shown("operator") + Words{"-tls1_2"};
    CHECK(has(fixture.run(shown + Words{"-sess_out", session}), "New, TLSv1.2"));
    Fixture other({}, one_answer);  // other keys: to it every ticket of the first is altered
    CHECK(has(other.run(shown + Words{"-sess_in", session}), "New, TLSv1.2"));
    CHECK(other.code == 0);
}

TEST_CASE("Python gets megabytes back, both ways at once and in small pieces") {
    Fixture fixture({"http/1.1"});
    Child client({"python3", "tests/tls/peer.py", "client", fixture.server.port(), certificate_folder(), "operator",
                  "echo", "3000000"});
    REQUIRE(fixture.wait_for(client));
    CHECK_MESSAGE(has(client.said(), "ok TLSv1.2 ECDHE-ECDSA-"), client.said());
    CHECK(has(client.said(), "http/1.1"));
    REQUIRE(fixture.server.lives().size() == 1);
    CHECK(fixture.server.lives()[0]->bytes == 3'000'000);
}

TEST_CASE("an orderly end of Python's is eof, a cut one truncated") {
    for (const bool orderly : {true, false}) {
        CAPTURE(orderly);
        Fixture fixture;
        Child client({"python3", "tests/tls/peer.py", "client", fixture.server.port(), certificate_folder(), "operator",
                      orderly ? "close" : "cut"});
        REQUIRE(fixture.wait_for(client));
        CHECK_MESSAGE(client.exit_code() == 0, client.said());
        REQUIRE(fixture.until([&] { return !fixture.server.lives().empty() && fixture.server.lives()[0]->is_over; }));
        CHECK(fixture.server.lives()[0]->bytes == 4);
        const boost::system::error_code ended = fixture.server.lives()[0]->ended;
        // A peer that has gone may also be noticed while the word is sent back to it.
        const bool was_reset =
            ended == boost::asio::error::connection_reset || ended == boost::asio::error::broken_pipe;
        CHECK_MESSAGE((ended == (orderly ? ErrorCode(boost::asio::error::eof) : make_error_code(TlsError::truncated)) ||
                       (was_reset && !orderly)),
                      ended.message());
    }
}
