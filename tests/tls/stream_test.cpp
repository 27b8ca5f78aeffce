#include "platform/tls/stream.hpp"

#include "tests/tls/stream_pair.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <doctest/doctest.h>
#include <sys/socket.h>

using namespace noodstop::platform::tls;
using namespace noodstop::testing;
using namespace std::chrono_literals;
using boost::asio::buffer;
using ErrorCode = boost::system::error_code;

namespace {

struct Told {
    bool is_told = false;
    ErrorCode error;
    std::size_t size = 0;
    auto handler() {
        return [this](ErrorCode given, std::size_t count) {
            CHECK(!is_told);
            is_told = true;
            error = given;
            size = count;
        };
    }
    auto plain_handler() {
        return [this](ErrorCode given) { handler()(given, 0); };
    }
};

struct Open {
    Open() { REQUIRE(pair.shake_hands()); }
    bool wait(const Told& told) {
        return run_until(io, [&] { return told.is_told; });
    }
    boost::asio::io_context io;
    StreamPair pair{io, server_keyring(), client_keyring()};
};

std::string numbered_text(std::size_t size) {
    std::string text;
    while (text.size() < size)
        text += std::to_string(text.size()) + " ";
    text.resize(size);
    return text;
}

}  // namespace

TEST_CASE("streams shake hands and know each other") {
    Open open;
    CHECK(open.pair.server->peer().certificate.common_name == "operator");
    CHECK(open.pair.client->peer().certificate.common_name == "server");
}

TEST_CASE("megabytes cross both ways at once, read in small pieces") {
    Open open;
    const std::string there = numbered_text(3'000'000);
    const std::string back = numbered_text(2'000'000);
    std::string there_read(there.size(), '\0');
    std::string back_read(back.size(), '\0');
    Told sent_there;
    Told sent_back;
    Told read_there;
    Told read_back;
    boost::asio::async_write(*open.pair.client, buffer(there), sent_there.handler());
    boost::asio::async_write(*open.pair.server, buffer(back), sent_back.handler());
    boost::asio::async_read(*open.pair.server, buffer(there_read), read_there.handler());
    std::size_t got = 0;
    const std::function<void(ErrorCode, std::size_t)> read_piece = [&](ErrorCode error, std::size_t size) {
        got += size;
        if (!error && got < back.size())
            open.pair.client->async_read_some(
                buffer(back_read.data() + got, std::min<std::size_t>(7'001, back.size() - got)), read_piece);
        else
            read_back.handler()(error, got);
    };
    read_piece({}, 0);
    REQUIRE(run_until(
        open.io, [&] { return sent_there.is_told && sent_back.is_told && read_there.is_told && read_back.is_told; }));
    CHECK(there_read == there);
    CHECK(back_read == back);
}

TEST_CASE("small buffers of one write travel together and in order") {
    Open open;
    const std::string parts[] = {"", "head ", "length ", std::string(20'000, 'x')};
    const std::array<boost::asio::const_buffer, 4> buffers = {buffer(parts[0]), buffer(parts[1]), buffer(parts[2]),
                                                              buffer(parts[3])};
    Told written;
    open.pair.client->async_write_some(buffers, written.handler());
    std::string read(written.size, '\0');
    REQUIRE(open.wait(written));
    CHECK(written.size == 16 * 1024);
    read.resize(written.size);
    Told got;
    boost::asio::async_read(*open.pair.server, buffer(read), got.handler());
    REQUIRE(open.wait(got));
    CHECK(read == (parts[1] + parts[2] + parts[3]).substr(0, written.size));
}

TEST_CASE("nothing completes within the call that starts it") {
    Open open;
    char bytes[10];
    Told written;
    open.pair.client->async_write_some(buffer("x", 1), written.handler());
    CHECK(!written.is_told);
    REQUIRE(open.wait(written));
    Told first;
    open.pair.server->async_read_some(buffer(bytes), first.handler());
    CHECK(!first.is_told);
    REQUIRE(open.wait(first));
    Told nothing;
    open.pair.server->async_read_some(buffer(bytes, 0), nothing.handler());
    CHECK(!nothing.is_told);
    REQUIRE(open.wait(nothing));
    CHECK(!nothing.error);
    CHECK(nothing.size == 0);
}

TEST_CASE("an orderly end is eof, a closed socket is truncated") {
    char bytes[10];
    Open orderly;
    Told ended;
    Told read;
    orderly.pair.client->async_shutdown(patience, ended.plain_handler());
    orderly.pair.server->async_read_some(buffer(bytes), read.handler());
    REQUIRE(orderly.wait(read));
    CHECK(read.error == boost::asio::error::eof);
    CHECK(ended.is_told);
    CHECK(!ended.error);

    Open cut;
    Told truncated;
    cut.pair.client.reset();
    cut.pair.server->async_read_some(buffer(bytes), truncated.handler());
    REQUIRE(cut.wait(truncated));
    CHECK(truncated.error == TlsError::truncated);
}

TEST_CASE("after shutdown the other end's rest can still be read") {
    Open open;
    Told ended;
    open.pair.client->async_shutdown(patience, ended.plain_handler());
    REQUIRE(open.wait(ended));
    Told written;
    open.pair.server->async_write_some(buffer("rest", 4), written.handler());
    char bytes[10];
    Told read;
    open.pair.client->async_read_some(buffer(bytes), read.handler());
    REQUIRE(open.wait(read));
    CHECK(std::string_view(bytes, read.size) == "rest");
}

TEST_CASE("a handshake with somebody who says nothing ends by its deadline") {
    boost::asio::io_context io;
    StreamPair pair(io, server_keyring(), client_keyring());
    Told told;
    pair.server->async_handshake(50ms, told.plain_handler());
    REQUIRE(run_until(io, [&] { return told.is_told; }));
    CHECK(told.error == boost::asio::error::timed_out);
    CHECK(!pair.server->lowest_layer().is_open());
}

TEST_CASE("a shutdown that the other end doesn't let through ends by its deadline") {
    Open open;
    std::string flood(64'000, 'x');
    Told blocked;
    std::function<void(ErrorCode, std::size_t)> more = [&](ErrorCode error, std::size_t) {
        if (!error)
            open.pair.client->async_write_some(buffer(flood), more);
        else
            blocked.handler()(error, 0);
    };
    more({}, 0);
    for (int turn = 0; turn < 50; ++turn) {  // until the buffers of the kernel are full
        open.io.restart();
        open.io.run_for(2ms);
    }
    CHECK(!blocked.is_told);
    Told ended;
    open.pair.client->async_shutdown(50ms, ended.plain_handler());
    REQUIRE(open.wait(ended));
    CHECK(ended.error == boost::asio::error::timed_out);
    REQUIRE(open.wait(blocked));
    CHECK(blocked.error == boost::asio::error::timed_out);
}

TEST_CASE("a read that is cancelled loses nothing, by slot or by socket") {
    for (const bool by_slot : {true, false}) {
        CAPTURE(by_slot);
        Open open;
        char bytes[10];
        Told aborted;
        boost::asio::cancellation_signal cancel;
        open.pair.server->async_read_some(buffer(bytes),
                                          boost::asio::bind_cancellation_slot(cancel.slot(), aborted.handler()));
        open.io.restart();
        open.io.poll();
        CHECK(!aborted.is_told);
        if (by_slot)
            cancel.emit(boost::asio::cancellation_type::total);
        else
            open.pair.server->lowest_layer().cancel();
        REQUIRE(open.wait(aborted));
        CHECK(aborted.error == boost::asio::error::operation_aborted);
        Told written;
        open.pair.client->async_write_some(buffer("later", 5), written.handler());
        Told read;
        open.pair.server->async_read_some(buffer(bytes), read.handler());
        REQUIRE(open.wait(read));
        CHECK(std::string_view(bytes, read.size) == "later");
    }
}

TEST_CASE("what is pending ends when the stream is destroyed") {
    Open open;
    char bytes[10];
    Told told;
    open.pair.server->async_read_some(buffer(bytes), told.handler());
    open.pair.server.reset();
    REQUIRE(open.wait(told));
    CHECK(told.error == boost::asio::error::operation_aborted);
}

TEST_CASE("nothing is left when the loop goes before what is pending in it") {
    std::weak_ptr<Stream> watched;
    {
        boost::asio::io_context io;
        StreamPair pair(io, server_keyring(), client_keyring());
        const std::shared_ptr<Stream> held = std::move(pair.server);
        watched = held;
        held->async_handshake(patience, [held](ErrorCode) { FAIL("nobody ran the loop"); });
        pair.client.reset();
    }
    CHECK(watched.expired());
}

TEST_CASE("two reads at once are refused, and end the stream") {
    Open open;
    char bytes[10];
    Told first;
    Told second;
    open.pair.server->async_read_some(buffer(bytes), first.handler());
    open.pair.server->async_read_some(buffer(bytes), second.handler());
    REQUIRE(run_until(open.io, [&] { return first.is_told && second.is_told; }));
    CHECK(first.error);
    CHECK(second.error);
    CHECK(!open.pair.server->lowest_layer().is_open());
}

TEST_CASE("a write to somebody who has gone fails, and what he had said before can be read") {
    Open open;
    Told said;
    open.pair.client->async_write_some(buffer("bye", 3), said.handler());
    REQUIRE(open.wait(said));
    open.pair.client.reset();
    Told written;
    open.pair.server->async_write_some(buffer("hello", 5), written.handler());
    REQUIRE(open.wait(written));
    CHECK(written.error);
    char bytes[10];
    Told read;
    open.pair.server->async_read_some(buffer(bytes), read.handler());
    REQUIRE(open.wait(read));
    CHECK(std::string_view(bytes, read.size) == "bye");
}

TEST_CASE("an idle stream is closed, one on which something moves is not") {
    constexpr auto deadline = 300ms;
    Open open;
    open.pair.server->close_when_idle(deadline);
    char bytes[10];
    Told ended;
    auto moved_at = std::chrono::steady_clock::now();
    auto longest_pause = 0ns;  // of this test, on a machine that may be busy with others
    std::function<void(ErrorCode, std::size_t)> read = [&](ErrorCode error, std::size_t) {
        if (error)
            return ended.handler()(error, 0);
        const auto now = std::chrono::steady_clock::now();
        longest_pause = std::max<std::chrono::nanoseconds>(longest_pause, now - std::exchange(moved_at, now));
        open.pair.server->async_read_some(buffer(bytes), read);
    };
    open.pair.server->async_read_some(buffer(bytes), read);
    for (int count = 0; count < 60 && !ended.is_told; ++count) {
        Told written;
        open.pair.client->async_write_some(buffer("x", 1), written.handler());
        REQUIRE(open.wait(written));
        open.io.restart();
        open.io.run_for(10ms);
    }
    CHECK((!ended.is_told || longest_pause >= deadline));
    REQUIRE(open.wait(ended));
    CHECK(ended.error == boost::asio::error::timed_out);
}
