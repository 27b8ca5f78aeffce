// Two engines and the wire between them, in memory: what one end writes the other reads, in pieces as one likes.
#pragma once

#include "platform/tls/engine.hpp"
#include "tests/tls/certificates.hpp"

#include <algorithm>
#include <optional>

namespace noodstop::testing {

struct Wire {
    Wire(const platform::tls::Keyring& server_keys, const platform::tls::Keyring& client_keys,
         const std::string& host = "localhost")
        : server(server_keys.context()), client(client_keys.context(), {host, 443}) {}

    // Moves at most `most` bytes from one end to the other; false: there were none.
    static bool move(platform::tls::Engine& from, platform::tls::Engine& to, std::size_t most = SIZE_MAX) {
        const std::string bytes(from.output().substr(0, most));
        from.sent(bytes.size());
        to.put(bytes);
        return !bytes.empty();
    }

    // Both take steps until both are done or nothing moves any more.
    void shake_hands(std::size_t piece = SIZE_MAX) {
        for (;;) {
            client_step = client.handshake();
            const bool moved_there = move(client, server, piece);
            server_step = server.handshake();
            const bool moved_here = move(server, client, piece);
            if (!moved_there && !moved_here)
                return;
        }
    }

    bool is_open() const { return server.is_open() && client.is_open(); }

    platform::tls::Engine server;
    platform::tls::Engine client;
    platform::tls::Step client_step;
    platform::tls::Step server_step;
};

// What `to` reads of `text` when `from` writes it.
inline std::string send_through(platform::tls::Engine& from, platform::tls::Engine& to, std::string_view text,
                                std::size_t piece = SIZE_MAX) {
    std::string read;
    char bytes[4096];
    while (!text.empty() || !from.output().empty()) {
        const platform::tls::Step written = from.write(text);
        if (written.outcome == platform::tls::Outcome::done)
            text.remove_prefix(written.size);
        Wire::move(from, to, piece);
        for (;;) {
            const platform::tls::Step step = to.read(bytes, sizeof bytes);
            if (step.outcome != platform::tls::Outcome::done)
                break;
            read.append(bytes, step.size);
        }
    }
    return read;
}

}  // namespace noodstop::testing
