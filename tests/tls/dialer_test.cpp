#include "platform/tls/dialer.hpp"

#include "tests/tls/echo_server.hpp"
#include "tests/tls/stream_pair.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <doctest/doctest.h>

using namespace noodstop::platform;
using namespace noodstop::platform::tls;
using namespace noodstop::testing;
using namespace std::chrono_literals;
using Tcp = boost::asio::ip::tcp;

namespace {

struct Dialled {
    std::optional<Result<std::unique_ptr<Stream>>> result;
    Dialer::Handler handler() {
        return [this](Result<std::unique_ptr<Stream>> given) { result.emplace(std::move(given)); };
    }
    std::string problem() const { return result && !result->ok() ? result->error().message : ""; }
};

std::uint16_t port_of(const EchoServer& server) {
    return static_cast<std::uint16_t>(std::stoi(server.port()));
}

}  // namespace

TEST_CASE("a server is reached by name and by address") {
    boost::asio::io_context io;
    const Keyring server_keys = server_keyring();
    const Keyring client_keys = client_keyring();
    EchoServer server(io, server_keys);
    for (const char* host : {"localhost", "127.0.0.1"}) {
        CAPTURE(host);
        Dialer dialer(io);
        Dialled dialled;
        dialer.dial(client_keys.context(), {.target = {host, port_of(server)}, .deadline = patience},
                    dialled.handler());
        CHECK(!dialled.result);
        REQUIRE(run_until(io, [&] { return dialled.result.has_value(); }));
        REQUIRE_MESSAGE(dialled.result->ok(), dialled.problem());
        CHECK((**dialled.result)->peer().certificate.common_name == "server");
    }
}

TEST_CASE("what goes wrong is told in one sentence, once") {
    boost::asio::io_context io;
    const Keyring server_keys = server_keyring("elsewhere");
    const Keyring client_keys = client_keyring();
    EchoServer server(io, server_keys);
    std::uint16_t nobody = 0;
    {
        Tcp::acceptor acceptor(io, {boost::asio::ip::make_address("127.0.0.1"), 0});
        nobody = acceptor.local_endpoint().port();
    }
    struct Case {
        Target target;
        const char* why;
    };
    for (const Case& one : {Case{{"127.0.0.1", port_of(server)}, "it is for another host than 127.0.0.1"},
                            Case{{"127.0.0.1", nobody}, "refused"}}) {
        Dialer dialer(io);
        Dialled dialled;
        dialer.dial(client_keys.context(), {.target = one.target, .deadline = patience}, dialled.handler());
        REQUIRE(run_until(io, [&] { return dialled.result.has_value(); }));
        CHECK_MESSAGE(dialled.problem().find(one.why) != std::string::npos, dialled.problem());
        CHECK(dialled.problem().find("cannot connect to 127.0.0.1 port") == 0);
    }
}

TEST_CASE("a server that accepts and says nothing is given up at the deadline") {
    boost::asio::io_context io;
    const Keyring client_keys = client_keyring();
    Tcp::acceptor silent(io, {boost::asio::ip::make_address("127.0.0.1"), 0});
    Dialer dialer(io);
    Dialled dialled;
    dialer.dial(client_keys.context(), {.target = {"127.0.0.1", silent.local_endpoint().port()}, .deadline = 100ms},
                dialled.handler());
    REQUIRE(run_until(io, [&] { return dialled.result.has_value(); }));
    CHECK(dialled.problem().find("within the deadline") != std::string::npos);
}

TEST_CASE("after a cancel nobody is told") {
    boost::asio::io_context io;
    const Keyring server_keys = server_keyring();
    const Keyring client_keys = client_keyring();
    EchoServer server(io, server_keys);
    Dialled dialled;
    {
        Dialer dialer(io);
        dialer.dial(client_keys.context(), {.target = {"127.0.0.1", port_of(server)}}, dialled.handler());
        io.run_one();
    }
    Dialer dialer(io);
    Dialled second;
    dialer.dial(client_keys.context(), {.target = {"127.0.0.1", port_of(server)}}, second.handler());
    REQUIRE(run_until(io, [&] { return second.result.has_value(); }));
    CHECK(second.result->ok());
    CHECK(!dialled.result);
}
