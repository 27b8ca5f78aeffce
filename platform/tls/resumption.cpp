#include "platform/tls/resumption.hpp"

#include "platform/tls/certificate_reading.hpp"

namespace noodstop::platform::tls {
namespace {

constexpr std::size_t sessions_max = 64;  // servers that one client keeps a session of

// The handshake that made the session verified the certificate; since then it may have come to its end.
bool may_be_resumed(const mbedtls_ssl_session& session) {
    const mbedtls_x509_crt* peer = api::peer_of(session);
    return peer != nullptr && api::was_verified(session) && !has_expired(*peer);
}

}  // namespace

int Resumption::offer_tickets(mbedtls_ssl_config* config) {
    if (!tickets_) {
        tickets_ = std::make_unique<api::Tickets>();
        const int code =
            mbedtls_ssl_ticket_setup(tickets_->get(), RandomSource::call, &random_, MBEDTLS_CIPHER_AES_256_GCM,
                                     static_cast<std::uint32_t>(lifetime_.count()));
        if (code != 0)
            return code;
    }
    mbedtls_ssl_conf_session_tickets_cb(
        config,
        [](void* self, const mbedtls_ssl_session* session, unsigned char* start, const unsigned char* end,
           std::size_t* size, std::uint32_t* lifetime) {
            return mbedtls_ssl_ticket_write(static_cast<Resumption*>(self)->tickets_->get(), session, start, end, size,
                                            lifetime);
        },
        parse_ticket, this);
    return 0;
}

int Resumption::parse_ticket(void* resumption, mbedtls_ssl_session* session, unsigned char* ticket, std::size_t size) {
    auto* self = static_cast<Resumption*>(resumption);
    const int code = mbedtls_ssl_ticket_parse(self->tickets_->get(), session, ticket, size);
    if (code != 0)
        return code;
    return may_be_resumed(*session) ? 0 : MBEDTLS_ERR_SSL_SESSION_TICKET_EXPIRED;  // then: a full handshake
}

void Resumption::keep(const std::string& server, const mbedtls_ssl_context& connection, Clock::time_point now) {
    Kept kept{std::make_unique<api::Session>(), now};
    if (mbedtls_ssl_get_session(&connection, kept.session->get()) != 0)
        return;  // the next connection shakes hands in full
    if (kept_.size() >= sessions_max && !kept_.contains(server))
        kept_.erase(kept_.begin());
    kept_.insert_or_assign(server, std::move(kept));
}

void Resumption::resume(const std::string& server, mbedtls_ssl_context* connection, Clock::time_point now) {
    const auto found = kept_.find(server);
    if (found == kept_.end())
        return;
    if (now - found->second.since >= lifetime_ || !may_be_resumed(*found->second.session->get()))
        return forget(server);
    // On failure the handshake is a full one.
    (void)mbedtls_ssl_set_session(connection, found->second.session->get());
}

}  // namespace noodstop::platform::tls
