#include "platform/tls/context.hpp"

#include "platform/tls/certificate_profile.hpp"
#include "platform/tls/context_parts.hpp"
#include "platform/tls/library.hpp"
#include "platform/tls/loaded_credentials.hpp"
#include "platform/tls/problems.hpp"

#include <cerrno>

namespace noodstop::platform::tls {
namespace {

Error configuration_error(int code) {
    return {EINVAL, "TLS can't be set up: " + library_text(code)};
}

int set_identity(ContextParts& parts) {
    const LoadedCredentials& loaded = parts.credentials.loaded();
    mbedtls_ssl_conf_authmode(parts.config.get(), MBEDTLS_SSL_VERIFY_REQUIRED);
    mbedtls_ssl_conf_ca_chain(parts.config.get(), loaded.authorities.get(), nullptr);
    if (!loaded.own)
        return 0;
    return mbedtls_ssl_conf_own_cert(parts.config.get(), loaded.chain.get(), loaded.key.get());
}

void set_strength(mbedtls_ssl_config* config, Role role) {
    api::set_versions(config);
    mbedtls_ssl_conf_ciphersuites(config, api::cipher_suites());
    api::set_curves(config);
    api::set_signatures(config);
    mbedtls_ssl_conf_cert_profile(config, &certificate_profile);
    mbedtls_ssl_conf_renegotiation(config, MBEDTLS_SSL_RENEGOTIATION_DISABLED);
    // A server that would renegotiate insecurely could be made to take our handshake for a continuation of another's.
    if (role == Role::client)
        mbedtls_ssl_conf_legacy_renegotiation(config, MBEDTLS_SSL_LEGACY_BREAK_HANDSHAKE);
}

int set_protocols(ContextParts& parts) {
    if (parts.options.protocols.empty())
        return 0;
    for (const std::string& protocol : parts.options.protocols)
        parts.protocol_names.push_back(protocol.c_str());
    parts.protocol_names.push_back(nullptr);
    return mbedtls_ssl_conf_alpn_protocols(parts.config.get(), parts.protocol_names.data());
}

int set_resumption(ContextParts& parts) {
    mbedtls_ssl_config* config = parts.config.get();
    if (parts.options.role == Role::server)
        return parts.resumption->offer_tickets(config);
    mbedtls_ssl_conf_session_tickets(config, MBEDTLS_SSL_SESSION_TICKETS_ENABLED);
    return 0;
}

int configure(ContextParts& parts) {
    mbedtls_ssl_config* config = parts.config.get();
    const Role role = parts.options.role;
    const int endpoint = role == Role::server ? MBEDTLS_SSL_IS_SERVER : MBEDTLS_SSL_IS_CLIENT;
    if (const int code =
            mbedtls_ssl_config_defaults(config, endpoint, MBEDTLS_SSL_TRANSPORT_STREAM, MBEDTLS_SSL_PRESET_DEFAULT);
        code != 0)
        return code;
    mbedtls_ssl_conf_rng(config, RandomSource::call, &parts.random);
    set_strength(config, role);
    if (const int code = set_identity(parts); code != 0)
        return code;
    if (const int code = set_protocols(parts); code != 0)
        return code;
    return set_resumption(parts);
}

Result<std::shared_ptr<const Context>> finish(std::unique_ptr<ContextParts> parts) {
    if (parts->options.role == Role::server && !parts->credentials.own())
        return Error{EINVAL, "a TLS server has no certificate. Cure: name its certificate and key"};
    if (const int code = configure(*parts); code != 0)
        return configuration_error(code);
    return std::make_shared<const Context>(std::move(parts));
}

}  // namespace

Context::Context(std::unique_ptr<ContextParts> parts) : parts_(std::move(parts)) {}
Context::~Context() = default;

Result<std::shared_ptr<const Context>> Context::make(const Credentials& credentials, const ContextOptions& options) {
    begin_library();
    auto parts = std::make_unique<ContextParts>(credentials, options);
    parts->resumption = std::make_shared<Resumption>(options.session_lifetime, parts->random);
    return finish(std::move(parts));
}

Result<std::shared_ptr<const Context>> Context::renewed(const Credentials& credentials) const {
    auto parts = std::make_unique<ContextParts>(credentials, parts_->options);
    const bool is_same_trust = credentials.trust_digest() == parts_->credentials.trust_digest();
    parts->resumption = is_same_trust ? parts_->resumption
                                      : std::make_shared<Resumption>(parts_->options.session_lifetime, parts->random);
    return finish(std::move(parts));
}

Role Context::role() const {
    return parts_->options.role;
}

const Credentials& Context::credentials() const {
    return parts_->credentials;
}

}  // namespace noodstop::platform::tls
