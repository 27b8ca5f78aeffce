// Our client and the servers of others: openssl s_server and Python's ssl.
#include "platform/tls/dialer.hpp"
#include "tests/tls/child.hpp"
#include "tests/tls/stream_pair.hpp"

#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <doctest/doctest.h>

#include <filesystem>

using namespace noodstop::platform;
using namespace noodstop::platform::tls;
using namespace noodstop::testing;
using ErrorCode = boost::system::error_code;

namespace {

using Words = std::vector<std::string>;

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

std::string digits_after(const std::string& text, const std::string& mark) {
    const std::size_t begin = text.find(mark);
    if (begin == std::string::npos)
        return {};
    const std::size_t first = begin + mark.size();
    const std::size_t end = text.find_first_not_of("0123456789", first);
    return end == std::string::npos ? "" : text.substr(first, end - first);
}

// openssl s_server that sends each line back reversed, or Python's ssl.
struct StockServer {
    StockServer(boost::asio::io_context& io, const Words& words, const std::string& mark) : child(words) {
        REQUIRE_MESSAGE(run_until(io,
                                  [&] {
                                      port = digits_after(child.said(), mark);
                                      return !port.empty() || child.has_ended();
                                  }),
                        child.said());
        REQUIRE_MESSAGE(!port.empty(), child.said());
    }
    Child child;
    std::string port;
};

std::unique_ptr<StockServer> s_server(boost::asio::io_context& io, const std::string& name, const Words& more = {}) {
    const CredentialFiles files = files_of(name);
    Words words = {
        "openssl", "s_server", "-accept",         "127.0.0.1:0", "-cert", files.certificate,     "-key", files.key,
        "-rev",    "-CAfile",  files.authorities, "-Verify",     "2",     "-verify_return_error"};
    words.insert(words.end(), more.begin(), more.end());
    return std::make_unique<StockServer>(io, words, "ACCEPT 127.0.0.1:");
}

std::unique_ptr<StockServer> python_server(boost::asio::io_context& io, const std::string& action) {
    return std::make_unique<StockServer>(
        io, Words{"python3", "tests/tls/peer.py", "server", certificate_folder(), "server", action}, "");
}

struct Client {
    // Nothing: it could not be reached; see problem.
    std::unique_ptr<Stream> connect(const StockServer& server, const std::string& host = "127.0.0.1") {
        Dialer dialer(io);
        std::optional<Result<std::unique_ptr<Stream>>> result;
        const auto port = static_cast<std::uint16_t>(std::stoi(server.port));
        dialer.dial(keyring.context(), {.target = {host, port}, .deadline = patience},
                    [&](Result<std::unique_ptr<Stream>> given) { result.emplace(std::move(given)); });
        REQUIRE(run_until(io, [&] { return result.has_value(); }));
        problem = result->ok() ? "" : result->error().message;
        return result->ok() ? std::move(**result) : nullptr;
    }

    std::string ask(Stream& stream, const std::string& text) {
        std::string answer(text.size(), '\0');
        bool is_over = false;
        boost::asio::async_write(stream, boost::asio::buffer(text), [](ErrorCode, std::size_t) {});
        boost::asio::async_read(stream, boost::asio::buffer(answer), [&](ErrorCode error, std::size_t) {
            is_over = true;
            ended = error;
        });
        CHECK(run_until(io, [&] { return is_over; }));
        return answer;
    }

    // Reads until the end and returns what it was.
    ErrorCode end_of(Stream& stream, std::string& text) {
        text.assign(100, '\0');
        std::optional<ErrorCode> end;
        boost::asio::async_read(stream, boost::asio::buffer(text), [&](ErrorCode error, std::size_t size) {
            end = error;
            text.resize(size);
        });
        CHECK(run_until(io, [&] { return end.has_value(); }));
        return end.value_or(ErrorCode());
    }

    boost::asio::io_context io;
    Keyring keyring = client_keyring();
    std::string problem;
    ErrorCode ended;
};

void make_rsa(const std::string& begin) {
    const std::string command = "umask 077; openssl req -x509 -newkey rsa:2048 -nodes -keyout " + begin + ".key -out " +
                                begin + ".pem -subj /CN=localhost -days 2 2>/dev/null";
    REQUIRE(std::system(command.c_str()) == 0);
}

}  // namespace

TEST_CASE("we shake hands with openssl, both ends verified") {
    Client client;
    const auto server = s_server(client.io, "server");
    const auto stream = client.connect(*server);
    REQUIRE_MESSAGE(stream, client.problem << " " << server->child.said());
    CHECK(stream->peer().certificate.common_name == "server");
    CHECK(stream->peer().version == "TLSv1.2");
    CHECK(client.ask(*stream, "noodstop\n") == "potsdoon\n");
}

TEST_CASE("servers that are not who we want are refused") {
    struct Case {
        const char* name;
        const char* host;
        const char* why;
    };
    Client client;
    for (const Case& one : {Case{"other/server", "127.0.0.1", "not signed by an authority that is trusted here"},
                            Case{"expired", "127.0.0.1", "has expired"},
                            Case{"elsewhere", "localhost", "for another host than localhost"},
                            Case{"elsewhere", "127.0.0.1", "for another host than 127.0.0.1"}}) {
        CAPTURE(one.name);
        const auto server = s_server(client.io, one.name);
        CHECK(!client.connect(*server, one.host));
        CHECK_MESSAGE(has(client.problem, one.why), client.problem);
    }
}

TEST_CASE("servers with old versions, weak suites or RSA are refused") {
    make_rsa(certificate_folder() + "/rsa");
    struct Case {
        const char* name;
        Words words;
    };
    Client client;
    for (const Case& one :
         {Case{"server", {"-tls1_1", "-cipher", "ALL:@SECLEVEL=0"}},
          Case{"server", {"-tls1", "-cipher", "ALL:@SECLEVEL=0"}},
          Case{"server", {"-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA256"}}, Case{"rsa", {"-tls1_2"}}}) {
        CAPTURE(one.name);
        CAPTURE(one.words[0]);
        const auto server = s_server(client.io, one.name, one.words);
        CHECK(!client.connect(*server));
        CHECK_MESSAGE(has(client.problem, "the other end refused"), client.problem);
    }
}

TEST_CASE("we are refused by openssl with a certificate that it doesn't trust, and know why") {
    Client client;
    client.keyring = keyring_of(files_of("other/operator"), {.role = Role::client});
    const auto server = s_server(client.io, "server");
    CHECK(!client.connect(*server));
    CHECK_MESSAGE(has(client.problem, "unknown authority: our certificate is not from one that it trusts"),
                  client.problem);
}

TEST_CASE("we resume our session with openssl") {
    Client client;
    const auto server = s_server(client.io, "server", {"-tls1_2"});
    for (const bool is_resumed : {false, true, true}) {
        const auto stream = client.connect(*server);
        REQUIRE_MESSAGE(stream, client.problem);
        CHECK(stream->peer().is_resumed == is_resumed);
        CHECK(stream->peer().certificate.common_name == "server");
        CHECK(client.ask(*stream, "noodstop\n") == "potsdoon\n");
    }
}

TEST_CASE("a server that is killed is truncated") {
    Client client;
    const auto server = s_server(client.io, "server");
    const auto stream = client.connect(*server);
    REQUIRE(stream);
    server->child.kill();
    std::string text;
    CHECK(client.end_of(*stream, text) == TlsError::truncated);
}

TEST_CASE("Python's orderly end is eof, a cut one truncated, and what came before is there") {
    for (const bool orderly : {true, false}) {
        CAPTURE(orderly);
        Client client;
        const auto server = python_server(client.io, orderly ? "close" : "cut");
        const auto stream = client.connect(*server);
        REQUIRE_MESSAGE(stream, client.problem);
        std::string text;
        const ErrorCode end = client.end_of(*stream, text);
        CHECK(text == "word");
        CHECK(end == (orderly ? ErrorCode(boost::asio::error::eof) : make_error_code(TlsError::truncated)));
    }
}

TEST_CASE("megabytes go to Python and come back") {
    Client client;
    const auto server = python_server(client.io, "echo");
    const auto stream = client.connect(*server);
    REQUIRE_MESSAGE(stream, client.problem);
    std::string text;
    while (text.size() < 2'000'000)
        text += std::to_string(text.size()) + "\n";
    CHECK(client.ask(*stream, text) == text);
    bool is_over = false;
    stream->async_shutdown(patience, [&](ErrorCode error) {
        CHECK(!error);
        is_over = true;
    });
    CHECK(run_until(client.io, [&] { return is_over && server->child.has_ended(); }));
    CHECK_MESSAGE(has(server->child.said(), "ok operator"), server->child.said());
}
