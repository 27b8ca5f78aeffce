// What lets a session be taken up again without a full handshake: the keys of the server's tickets, and the sessions
// that a client keeps. Both belong to one set of trusted authorities and go with it: a resumed session is not verified
// again. For the files of this folder only.
#pragma once

#include "platform/tls/mbedtls_api.hpp"
#include "platform/tls/random_source.hpp"

#include <chrono>
#include <map>
#include <memory>
#include <string>

namespace noodstop::platform::tls {

class Resumption {
public:
    using Clock = std::chrono::steady_clock;

    Resumption(std::chrono::seconds lifetime, RandomSource random) : lifetime_(lifetime), random_(std::move(random)) {}
    Resumption(const Resumption&) = delete;
    Resumption& operator=(const Resumption&) = delete;

    // For servers: makes keys and puts tickets into the configuration. The code of mbedTLS.
    int offer_tickets(mbedtls_ssl_config* config);

    // For clients. A session is kept until its lifetime is over or a newer one of that server takes its place.
    void keep(const std::string& server, const mbedtls_ssl_context& connection, Clock::time_point now);
    // Offers the kept session, if there is one that may be.
    void resume(const std::string& server, mbedtls_ssl_context* connection, Clock::time_point now);
    void forget(const std::string& server) { kept_.erase(server); }

private:
    struct Kept {
        std::unique_ptr<api::Session> session;
        Clock::time_point since;
    };

    static int parse_ticket(void* resumption, mbedtls_ssl_session* session, unsigned char* ticket, std::size_t size);

    std::chrono::seconds lifetime_;
    RandomSource random_;  // outlives the context that it came with
    std::unique_ptr<api::Tickets> tickets_;
    std::map<std::string, Kept> kept_;
};

}  // namespace noodstop::platform::tls
