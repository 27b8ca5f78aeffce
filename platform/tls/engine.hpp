// One TLS connection without a socket: bytes in, bytes out. It never waits, and nothing here knows where the bytes come
// from or go to.
//
// Each of handshake(), read(), write() and close() takes one step and says what it needs before it can take the next:
// bytes of the other end (put), or that its own bytes are taken away (output, sent). What they write is in output() at
// once, whatever they return: send it before waiting for anything.
#pragma once

#include "platform/tls/certificate.hpp"
#include "platform/tls/context.hpp"
#include "platform/tls/errors.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace noodstop::platform::tls {

enum class Outcome {
    done,          // the step is over; a read or a write says how many bytes
    wants_input,   // put() bytes, or put_end(), and call again
    wants_output,  // too much waits in output(): send it and call again
    closed,        // the other end said close_notify: nothing more comes, and all that it sent has come
    truncated,     // the transport ended without that
    failed,        // see problem(); the connection is over
};

struct Step {
    Outcome outcome = Outcome::failed;
    std::size_t size = 0;
};

// The server that a client wants to reach.
struct Target {
    std::string host;  // name or address that its certificate must be for
    std::uint16_t port = 0;
};

// What is known once the handshake is done.
struct Peer {
    CertificateFacts certificate;  // of a client that shows none to a server there is no connection
    std::string protocol;          // negotiated (ALPN); empty: none
    std::string version;           // "TLSv1.2"
    bool is_resumed = false;
};

class Engine {
public:
    static constexpr std::size_t output_max = 64 * 1024;   // from a write's view; a handshake may go somewhat beyond
    static constexpr std::size_t input_max = 1024 * 1024;  // that put() takes before anybody reads

    explicit Engine(std::shared_ptr<const Context> context);        // a server's end
    Engine(std::shared_ptr<const Context> context, Target target);  // a client's end
    Engine(Engine&&) noexcept;
    Engine& operator=(Engine&&) noexcept;
    ~Engine();

    void put(std::string_view bytes);
    void put_end();  // the transport ended

    std::string_view output() const;
    void sent(std::size_t size);  // of output(), from its beginning

    Step handshake();
    // At most `size` bytes, at least one if done. `size` is not 0.
    Step read(char* bytes, std::size_t size);
    // Takes at most one record's worth.
    Step write(std::string_view bytes);
    // Says close_notify. Nothing can be written after it; reading may go on.
    Step close();

    bool is_open() const;  // the handshake is done, and the connection is not over
    const Peer& peer() const;
    TlsError error() const;              // of an outcome `failed` or `truncated`
    const std::string& problem() const;  // the same as a sentence that names the cause

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace noodstop::platform::tls
