// Accepts TCP connections, does the TLS handshake under limits, and hands over what is open. What is malformed, slow,
// unknown or too much is closed and told, and never reaches the handler.
#pragma once

#include "platform/file/file.hpp"
#include "platform/tls/admission.hpp"
#include "platform/tls/keyring.hpp"
#include "platform/tls/stream.hpp"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <string>

namespace noodstop::platform::tls {

struct ListenerOptions {
    std::string address = "127.0.0.1";
    std::uint16_t port = 0;  // 0: any, see Listener::port()
    int backlog_max = 1024;  // connections that the kernel keeps for us; beyond it honest ones must ask again
    AdmissionLimits limits;
    std::chrono::milliseconds handshake_deadline = std::chrono::seconds(5);  // from the connection on
    std::chrono::milliseconds idle_deadline = std::chrono::minutes(10);  // of an open stream: Stream::close_when_idle
};

struct AcceptedStream {
    std::unique_ptr<Stream> stream;  // counts as open until it is destroyed; who it is says its peer()
    std::string remote;              // "192.0.2.1:40000", "[2001:db8::1]:40000"
};

struct RefusedConnection {
    std::string remote;
    Refusal refusal = Refusal::handshake;
    std::string why;  // a sentence
};

// Called on the io_context's thread.
struct ListenerHandlers {
    std::function<void(AcceptedStream accepted)> accepted;
    std::function<void(const RefusedConnection& refused)> refused;  // for logs and facts; may be empty
};

class Listener {
public:
    // Listens from now on. `keyring` is a server's and must outlive the listener; new connections get what it holds
    // then.
    static Result<std::unique_ptr<Listener>> open(boost::asio::io_context& io, const Keyring& keyring,
                                                  const ListenerOptions& options, ListenerHandlers handlers);
    // The same on a TCP socket that is bound already; of the options address and port only serve to be shown.
    static Result<std::unique_ptr<Listener>> open_on(boost::asio::io_context& io, FileDescriptor bound,
                                                     const Keyring& keyring, const ListenerOptions& options,
                                                     ListenerHandlers handlers);
    ~Listener();  // closes what is shaking hands; what was handed over stays
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

    std::uint16_t port() const;
    std::size_t open_count() const;
    std::size_t handshake_count() const;

    struct Impl;
    explicit Listener(std::shared_ptr<Impl> impl);

private:
    std::shared_ptr<Impl> impl_;
};

}  // namespace noodstop::platform::tls
