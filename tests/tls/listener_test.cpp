#include "platform/tls/listener.hpp"

#include "platform/net/tcp.hpp"
#include "tests/tls/echo_server.hpp"
#include "tests/tls/stream_pair.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <doctest/doctest.h>

using namespace noodstop::platform::tls;
using namespace noodstop::testing;
using namespace std::chrono_literals;
using Tcp = boost::asio::ip::tcp;
using ErrorCode = boost::system::error_code;

namespace {

constexpr HandshakeRate endless{.at_once_max = 1'000'000, .per_second_max = 1'000'000};

ListenerOptions roomy() {
    ListenerOptions options;
    options.limits.source_rate = endless;
    options.limits.total_rate = endless;
    options.handshake_deadline = patience;
    return options;
}

struct Fixture {
    explicit Fixture(ListenerOptions options = roomy()) : server(io, keyring, {.listener = options}) {}

    Tcp::socket connect() {
        Tcp::socket socket(io);
        socket.connect({boost::asio::ip::make_address("127.0.0.1"), server.listener().port()});
        return socket;
    }

    // An honest client that has shaken hands, or nothing.
    std::unique_ptr<Stream> client() {
        auto stream = std::make_unique<Stream>(connect(), Engine(client_keys.context(), Target{"127.0.0.1", 1}));
        std::optional<ErrorCode> told;
        stream->async_handshake(patience, [&](ErrorCode error) { told = error; });
        REQUIRE(until([&] { return told.has_value(); }));
        return *told ? nullptr : std::move(stream);
    }

    std::string hello() const {
        Engine engine(client_keys.context(), Target{"127.0.0.1", 1});
        engine.handshake();
        return std::string(engine.output());
    }

    bool until(const std::function<bool()>& condition) { return run_until(io, condition); }

    bool is_served(Stream& client) {
        std::string answer(5, '\0');
        bool is_over = false;
        boost::asio::async_write(client, boost::asio::buffer("hello", 5), [](ErrorCode, std::size_t) {});
        boost::asio::async_read(client, boost::asio::buffer(answer), [&](ErrorCode, std::size_t) { is_over = true; });
        return until([&] { return is_over; }) && answer == "hello";
    }

    // The other end has closed this connection.
    bool is_closed(Tcp::socket& socket) {
        std::string rest(100'000, '\0');  // more than it can have sent before
        bool is_over = false;
        boost::asio::async_read(socket, boost::asio::buffer(rest),
                                [&](ErrorCode error, std::size_t) { is_over = error.failed(); });
        return until([&] { return is_over; });
    }

    boost::asio::io_context io;
    Keyring keyring = server_keyring();
    Keyring client_keys = client_keyring();
    EchoServer server;
};

}  // namespace

TEST_CASE("a client is handed over with what its certificate says") {
    Fixture fixture;
    const auto client = fixture.client();
    REQUIRE(client);
    CHECK(fixture.is_served(*client));
    REQUIRE(fixture.server.lives().size() == 1);
    CHECK(fixture.server.lives()[0]->peer.certificate.uris == std::vector<std::string>{"noodstop:role/operator"});
    CHECK(fixture.server.listener().open_count() == 1);
    CHECK(fixture.server.listener().handshake_count() == 0);
}

TEST_CASE("a place is free again when its connection has gone") {
    ListenerOptions options = roomy();
    options.limits.connections_max = 1;
    Fixture fixture(options);
    auto first = fixture.client();
    REQUIRE(first);
    CHECK(!fixture.client());
    REQUIRE(fixture.until([&] { return !fixture.server.refused().empty(); }));
    CHECK(fixture.server.refused()[0].refusal == Refusal::connections);
    CHECK(fixture.is_served(*first));
    first.reset();
    REQUIRE(fixture.until([&] { return fixture.server.listener().open_count() == 0; }));
    const auto second = fixture.client();
    REQUIRE(second);
    CHECK(fixture.is_served(*second));
}

TEST_CASE("what is kept with a stream stays beside its place, and goes when the connection does") {
    boost::asio::io_context io;
    const Keyring keyring = server_keyring();
    const Keyring client_keys = client_keyring();
    std::unique_ptr<Stream> handed_over;
    const auto listener = Listener::open(
        io, keyring, roomy(), {[&](AcceptedStream accepted) { handed_over = std::move(accepted.stream); }, {}});
    REQUIRE(listener.ok());
    Tcp::socket socket(io);
    socket.connect({boost::asio::ip::make_address("127.0.0.1"), (*listener)->port()});
    Stream client(std::move(socket), Engine(client_keys.context(), Target{"127.0.0.1", 1}));
    client.async_handshake(patience, [](ErrorCode) {});
    REQUIRE(run_until(io, [&] { return handed_over != nullptr; }));
    auto token = std::make_shared<int>(1);
    const std::weak_ptr<int> watched = token;
    handed_over->keep(std::move(token));
    CHECK((*listener)->open_count() == 1);
    CHECK(!watched.expired());
    handed_over.reset();
    CHECK(run_until(io, [&] { return watched.expired() && (*listener)->open_count() == 0; }));
}

TEST_CASE("hundreds that connect and say nothing don't keep an honest client out") {
    ListenerOptions options = roomy();
    options.limits.handshakes_max = 8;
    Fixture fixture(options);
    std::vector<Tcp::socket> silent;
    for (int count = 0; count < 300; ++count) {
        silent.push_back(fixture.connect());
        if (count % 3 == 0)
            silent.back().send(boost::asio::buffer(fixture.hello().substr(0, 50)));
        if (count % 10 == 0) {
            fixture.io.restart();
            fixture.io.poll();
        }
        CHECK(fixture.server.listener().handshake_count() <= 8);
    }
    const auto client = fixture.client();
    REQUIRE(client);
    CHECK(fixture.is_served(*client));
    CHECK(fixture.server.refused().size() > 280);
    for (const RefusedConnection& refused : fixture.server.refused())
        CHECK(refused.refusal == Refusal::displaced);
}

TEST_CASE("who is too slow is closed at the deadline, wherever he stands still") {
    for (const std::size_t sent : {std::size_t{0}, std::size_t{3}, std::size_t{50}, std::size_t{1'000'000}}) {
        CAPTURE(sent);
        ListenerOptions options = roomy();
        options.handshake_deadline = 100ms;
        Fixture fixture(options);
        Tcp::socket slow = fixture.connect();
        slow.send(boost::asio::buffer(fixture.hello().substr(0, sent)));
        REQUIRE(fixture.until([&] { return !fixture.server.refused().empty(); }));
        CHECK(fixture.server.refused()[0].refusal == Refusal::too_late);
        CHECK(fixture.is_closed(slow));
        CHECK(fixture.server.listener().handshake_count() == 0);
    }
}

TEST_CASE("a hello that trickles in byte by byte is answered") {
    Fixture fixture;
    Tcp::socket socket = fixture.connect();
    socket.set_option(Tcp::no_delay(true));
    for (const char byte : fixture.hello()) {
        socket.send(boost::asio::buffer(&byte, 1));
        fixture.io.restart();
        fixture.io.poll();
    }
    char first = 0;
    bool is_answered = false;
    boost::asio::async_read(socket, boost::asio::buffer(&first, 1),
                            [&](ErrorCode error, std::size_t) { is_answered = !error; });
    REQUIRE(fixture.until([&] { return is_answered; }));
    CHECK(first == 22);
}

TEST_CASE("what is no TLS is closed at its first bytes") {
    Fixture fixture;
    Tcp::socket plain = fixture.connect();
    plain.send(boost::asio::buffer(std::string("GET / HTTP/1.1\r\n\r\n")));
    CHECK(fixture.is_closed(plain));
    REQUIRE(fixture.server.refused().size() == 1);
    CHECK(fixture.server.refused()[0].refusal == Refusal::no_tls);
}

TEST_CASE("who goes before his hello is there is forgotten") {
    for (const std::size_t sent : {std::size_t{0}, std::size_t{3}, std::size_t{50}}) {
        CAPTURE(sent);
        Fixture fixture;
        fixture.connect().send(boost::asio::buffer(fixture.hello().substr(0, sent)));
        REQUIRE(fixture.until([&] { return !fixture.server.refused().empty(); }));
        CHECK(fixture.server.refused()[0].refusal == Refusal::handshake);
        CHECK(fixture.server.listener().handshake_count() == 0);
    }
}

TEST_CASE("a client whose certificate is not good is told apart from one that only failed") {
    Fixture fixture;
    fixture.client_keys = client_keyring("expired");
    CHECK(!fixture.client());
    REQUIRE(fixture.until([&] { return !fixture.server.refused().empty(); }));
    CHECK(fixture.server.refused()[0].refusal == Refusal::certificate);
    CHECK(fixture.server.refused()[0].why.find("expired") != std::string::npos);
}

TEST_CASE("a socket that was bound before refuses connections until somebody listens on it") {
    boost::asio::io_context io;
    auto bound = noodstop::platform::bind_tcp({});
    REQUIRE(bound.ok());
    const auto port = *noodstop::platform::port_of(bound->number());
    Tcp::socket client(io);
    ErrorCode error;
    client.connect({boost::asio::ip::make_address("127.0.0.1"), port}, error);
    CHECK(error == boost::asio::error::connection_refused);
    const Keyring keyring = server_keyring();
    const auto listener = Listener::open_on(io, std::move(*bound), keyring, {}, {});
    REQUIRE(listener.ok());
    CHECK((*listener)->port() == port);
    client = Tcp::socket(io);
    client.connect({boost::asio::ip::make_address("127.0.0.1"), port}, error);
    CHECK(!error);
}

TEST_CASE("a flood of hellos is answered only as often as the rate allows") {
    ListenerOptions options = roomy();
    options.limits.source_rate = {.at_once_max = 3, .per_second_max = 1};
    Fixture fixture(options);
    std::vector<Tcp::socket> flood;
    for (int count = 0; count < 20; ++count) {
        flood.push_back(fixture.connect());
        flood.back().send(boost::asio::buffer(fixture.hello()));
    }
    REQUIRE(fixture.until(
        [&] { return fixture.server.refused().size() + fixture.server.listener().handshake_count() == 20; }));
    CHECK(fixture.until([&] { return fixture.server.refused().size() >= 10; }));
    for (const RefusedConnection& refused : fixture.server.refused())
        CHECK(refused.refusal == Refusal::handshakes_per_second);
}

TEST_CASE("an idle connection is closed") {
    ListenerOptions options = roomy();
    options.idle_deadline = 100ms;
    Fixture fixture(options);
    const auto client = fixture.client();
    REQUIRE(fixture.until([&] { return !fixture.server.lives().empty() && fixture.server.lives()[0]->is_over; }));
    CHECK(fixture.server.lives()[0]->ended == boost::asio::error::timed_out);
    CHECK(fixture.until([&] { return fixture.server.listener().open_count() == 0; }));
}

TEST_CASE("new connections get the keys that were loaded last") {
    Fixture fixture;
    const auto before = fixture.client();
    REQUIRE(before);
    fixture.keyring = server_keyring("other/server");
    CHECK(!fixture.client());
    CHECK(fixture.is_served(*before));
}

TEST_CASE("an address that can't be listened on is an error that names it") {
    boost::asio::io_context io;
    const Keyring keyring = server_keyring();
    ListenerOptions options;
    options.address = "no address";
    auto opened = Listener::open(io, keyring, options, {});
    REQUIRE(!opened.ok());
    CHECK(opened.error().message.find("\"no address\" is no address") != std::string::npos);
    options.address = "192.0.2.1";  // of nobody
    opened = Listener::open(io, keyring, options, {});
    REQUIRE(!opened.ok());
    CHECK(opened.error().message.find("192.0.2.1") != std::string::npos);
}

TEST_CASE("a listener that goes closes what is shaking hands and leaves what was handed over") {
    boost::asio::io_context io;
    const Keyring keyring = server_keyring();
    std::unique_ptr<Stream> kept;
    auto opened = Listener::open(io, keyring, roomy(),
                                 {.accepted = [&](AcceptedStream accepted) { kept = std::move(accepted.stream); }});
    REQUIRE(opened.ok());
    const Keyring client_keys = client_keyring();
    const Tcp::endpoint endpoint(boost::asio::ip::make_address("127.0.0.1"), (*opened)->port());
    Tcp::socket socket(io);
    socket.connect(endpoint);
    Tcp::socket waiting(io);
    waiting.connect(endpoint);
    Stream client(std::move(socket), Engine(client_keys.context(), Target{"127.0.0.1", 1}));
    client.async_handshake(patience, [](ErrorCode) {});
    REQUIRE(run_until(io, [&] { return kept != nullptr && (*opened)->handshake_count() == 1; }));
    opened->reset();
    bool is_closed = false;
    char byte = 0;
    waiting.async_read_some(boost::asio::buffer(&byte, 1),
                            [&](ErrorCode error, std::size_t) { is_closed = error.failed(); });
    CHECK(run_until(io, [&] { return is_closed; }));
    bool is_read = false;
    kept->async_write_some(boost::asio::buffer("x", 1), [](ErrorCode, std::size_t) {});
    client.async_read_some(boost::asio::buffer(&byte, 1), [&](ErrorCode error, std::size_t) { is_read = !error; });
    CHECK(run_until(io, [&] { return is_read; }));
    CHECK(byte == 'x');
}
