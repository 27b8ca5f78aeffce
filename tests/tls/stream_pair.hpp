// Two TLS streams on a pair of sockets, and a loop that runs until what a test waits for has happened.
#pragma once

#include "platform/tls/stream.hpp"
#include "tests/tls/certificates.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include <functional>

namespace noodstop::testing {

inline constexpr auto patience = std::chrono::seconds(60);  // for what happens at once on an idle machine

// Runs handlers until the condition holds; false if it doesn't within `patience`.
inline bool run_until(boost::asio::io_context& io, const std::function<bool()>& condition) {
    const auto give_up = std::chrono::steady_clock::now() + patience;
    while (!condition() && std::chrono::steady_clock::now() < give_up) {
        io.restart();
        io.run_one_for(std::chrono::milliseconds(100));
    }
    return condition();
}

struct StreamPair {
    using ErrorCode = boost::system::error_code;

    StreamPair(boost::asio::io_context& given_io, const platform::tls::Keyring& server_keys,
               const platform::tls::Keyring& client_keys)
        : io(given_io) {
        boost::asio::local::stream_protocol::socket one(io);
        boost::asio::local::stream_protocol::socket other(io);
        boost::asio::local::connect_pair(one, other);
        server = std::make_unique<platform::tls::Stream>(std::move(one), platform::tls::Engine(server_keys.context()));
        client = std::make_unique<platform::tls::Stream>(
            std::move(other), platform::tls::Engine(client_keys.context(), platform::tls::Target{"localhost", 1}));
    }

    // True if both ends say that it is done.
    bool shake_hands() {
        std::optional<ErrorCode> one;
        std::optional<ErrorCode> other;
        server->async_handshake(patience, [&](ErrorCode error) { one = error; });
        client->async_handshake(patience, [&](ErrorCode error) { other = error; });
        return run_until(io, [&] { return one && other; }) && !*one && !*other;
    }

    boost::asio::io_context& io;
    std::unique_ptr<platform::tls::Stream> server;
    std::unique_ptr<platform::tls::Stream> client;
};

}  // namespace noodstop::testing
