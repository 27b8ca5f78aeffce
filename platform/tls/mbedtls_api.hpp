// Everything of mbedTLS 2.28 and 3.6 under one set of names, for the files of this folder only. What differs between
// them is here and nowhere else.
#pragma once

#include <mbedtls/aes.h>
#include <mbedtls/asn1.h>
#include <mbedtls/ecp.h>
#include <mbedtls/error.h>
#include <mbedtls/oid.h>
#include <mbedtls/pk.h>
#include <mbedtls/platform_util.h>
#include <mbedtls/sha256.h>
#include <mbedtls/ssl.h>
#include <mbedtls/ssl_ticket.h>
#include <mbedtls/version.h>
#include <mbedtls/x509_crt.h>
#include <mbedtls/x509_csr.h>
#if MBEDTLS_VERSION_MAJOR >= 3
#include <psa/crypto.h>
#endif

#include <string_view>

#ifndef MBEDTLS_PRIVATE
#define MBEDTLS_PRIVATE(member) member
#endif

namespace noodstop::platform::tls::api {

// A structure of mbedTLS that is cleared up with its owner. It must not move.
template <class T, void (*initialize)(T*), void (*release)(T*)>
class Owned {
public:
    Owned() { initialize(&content_); }
    ~Owned() { release(&content_); }
    Owned(const Owned&) = delete;
    Owned& operator=(const Owned&) = delete;
    T* get() { return &content_; }
    const T* get() const { return &content_; }
    T* operator->() { return &content_; }
    const T* operator->() const { return &content_; }

private:
    T content_;
};

using Certificates = Owned<mbedtls_x509_crt, mbedtls_x509_crt_init, mbedtls_x509_crt_free>;
using Key = Owned<mbedtls_pk_context, mbedtls_pk_init, mbedtls_pk_free>;
using Config = Owned<mbedtls_ssl_config, mbedtls_ssl_config_init, mbedtls_ssl_config_free>;
using Connection = Owned<mbedtls_ssl_context, mbedtls_ssl_init, mbedtls_ssl_free>;
using Session = Owned<mbedtls_ssl_session, mbedtls_ssl_session_init, mbedtls_ssl_session_free>;
using Tickets = Owned<mbedtls_ssl_ticket_context, mbedtls_ssl_ticket_init, mbedtls_ssl_ticket_free>;

using RandomCall = int (*)(void* source, unsigned char* bytes, std::size_t size);

// What a connection returns when it has nothing to say but that it wants to be called again.
inline bool means_call_again(int code) {
#ifdef MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET
    return code == MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET;
#else
    (void)code;
    return false;
#endif
}

inline bool means_bad_certificate(int code) {
    if (code == MBEDTLS_ERR_X509_CERT_VERIFY_FAILED || code == MBEDTLS_ERR_SSL_NO_CLIENT_CERTIFICATE)
        return true;
#if MBEDTLS_VERSION_MAJOR >= 3
    return code == MBEDTLS_ERR_SSL_BAD_CERTIFICATE;
#else
    return code == MBEDTLS_ERR_SSL_BAD_HS_CERTIFICATE || code == MBEDTLS_ERR_SSL_BAD_HS_CERTIFICATE_VERIFY;
#endif
}

// A hello that can't be answered: mostly one that asks for what isn't offered here.
inline bool means_no_agreement(int code) {
#if MBEDTLS_VERSION_MAJOR >= 3
    return code == MBEDTLS_ERR_SSL_HANDSHAKE_FAILURE || code == MBEDTLS_ERR_SSL_BAD_PROTOCOL_VERSION ||
           code == MBEDTLS_ERR_SSL_NO_APPLICATION_PROTOCOL;
#else
    return code == MBEDTLS_ERR_SSL_NO_CIPHER_CHOSEN || code == MBEDTLS_ERR_SSL_NO_USABLE_CIPHERSUITE ||
           code == MBEDTLS_ERR_SSL_BAD_HS_PROTOCOL_VERSION || code == MBEDTLS_ERR_SSL_BAD_HS_CLIENT_HELLO ||
           code == MBEDTLS_ERR_SSL_BAD_HS_SERVER_HELLO;
#endif
}

inline void sha256(const unsigned char* bytes, std::size_t size, unsigned char (&digest)[32]) {
#if MBEDTLS_VERSION_MAJOR >= 3
    mbedtls_sha256(bytes, size, digest, 0);
#else
    mbedtls_sha256_ret(bytes, size, digest, 0);
#endif
}

// `text` ends with a zero byte that counts.
inline int parse_key(mbedtls_pk_context* key, const unsigned char* text, std::size_t size, RandomCall random) {
#if MBEDTLS_VERSION_MAJOR >= 3
    return mbedtls_pk_parse_key(key, text, size, nullptr, 0, random, nullptr);
#else
    (void)random;
    return mbedtls_pk_parse_key(key, text, size, nullptr, 0);
#endif
}

inline bool belong_together(const mbedtls_pk_context* public_key, const mbedtls_pk_context* key, RandomCall random) {
#if MBEDTLS_VERSION_MAJOR >= 3
    return mbedtls_pk_check_pair(public_key, key, random, nullptr) == 0;
#else
    (void)random;
    return mbedtls_pk_check_pair(public_key, key) == 0;
#endif
}

inline int add_request_extension(mbedtls_x509write_csr* request, const char* oid, std::size_t oid_size,
                                 const unsigned char* content, std::size_t size) {
#if MBEDTLS_VERSION_MAJOR >= 3
    return mbedtls_x509write_csr_set_extension(request, oid, oid_size, 0, content, size);
#else
    return mbedtls_x509write_csr_set_extension(request, oid, oid_size, content, size);
#endif
}

// Of an elliptic key; MBEDTLS_ECP_DP_NONE for others.
inline mbedtls_ecp_group_id curve_of(const mbedtls_pk_context& key) {
    if (!mbedtls_pk_can_do(&key, MBEDTLS_PK_ECKEY))
        return MBEDTLS_ECP_DP_NONE;
    return mbedtls_pk_ec(key)->MBEDTLS_PRIVATE(grp).id;
}

inline const mbedtls_x509_crt* peer_of(const mbedtls_ssl_session& session) {
    return session.MBEDTLS_PRIVATE(peer_cert);
}

inline bool was_verified(const mbedtls_ssl_session& session) {
    return session.MBEDTLS_PRIVATE(verify_result) == 0;
}

// Of the message that ended the connection, once it has ended with MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE.
inline int alert_of(const mbedtls_ssl_context& connection) {
    return connection.MBEDTLS_PRIVATE(in_msg)[1];
}

// With TLS 1.2 the library ends the handshake of a client without a certificate in silence.
inline void tell_missing_certificate(mbedtls_ssl_context* connection) {
#if MBEDTLS_VERSION_MAJOR >= 3
    if (mbedtls_ssl_get_version_number(connection) != MBEDTLS_SSL_VERSION_TLS1_2)
        return;
#endif
    mbedtls_ssl_send_alert_message(connection, MBEDTLS_SSL_ALERT_LEVEL_FATAL, MBEDTLS_SSL_ALERT_MSG_HANDSHAKE_FAILURE);
}

// The rest sets up a configuration. TLS 1.2 with ECDHE, ECDSA and AEAD; with 3.x also TLS 1.3, there without
// resumption: a ticket of 1.3 doesn't carry the client's certificate.
inline void set_versions(mbedtls_ssl_config* config) {
#if MBEDTLS_VERSION_MAJOR >= 3
    mbedtls_ssl_conf_min_tls_version(config, MBEDTLS_SSL_VERSION_TLS1_2);
#ifdef MBEDTLS_SSL_PROTO_TLS1_3
    mbedtls_ssl_conf_max_tls_version(config, MBEDTLS_SSL_VERSION_TLS1_3);
    mbedtls_ssl_conf_tls13_key_exchange_modes(config, MBEDTLS_SSL_TLS1_3_KEY_EXCHANGE_MODE_EPHEMERAL);
    mbedtls_ssl_conf_new_session_tickets(config, 0);
#else
    mbedtls_ssl_conf_max_tls_version(config, MBEDTLS_SSL_VERSION_TLS1_2);
#endif
#else
    mbedtls_ssl_conf_min_version(config, MBEDTLS_SSL_MAJOR_VERSION_3, MBEDTLS_SSL_MINOR_VERSION_3);
    mbedtls_ssl_conf_max_version(config, MBEDTLS_SSL_MAJOR_VERSION_3, MBEDTLS_SSL_MINOR_VERSION_3);
#endif
}

inline const int* cipher_suites() {
    static const int suites[] = {
#ifdef MBEDTLS_SSL_PROTO_TLS1_3
        MBEDTLS_TLS1_3_AES_128_GCM_SHA256,
        MBEDTLS_TLS1_3_CHACHA20_POLY1305_SHA256,
        MBEDTLS_TLS1_3_AES_256_GCM_SHA384,
#endif
        MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
        MBEDTLS_TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
        MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
        0,
    };
    return suites;
}

inline void set_curves(mbedtls_ssl_config* config) {
#if MBEDTLS_VERSION_MAJOR >= 3
    static const std::uint16_t groups[] = {MBEDTLS_SSL_IANA_TLS_GROUP_X25519, MBEDTLS_SSL_IANA_TLS_GROUP_SECP256R1,
                                           MBEDTLS_SSL_IANA_TLS_GROUP_SECP384R1, MBEDTLS_SSL_IANA_TLS_GROUP_SECP521R1,
                                           MBEDTLS_SSL_IANA_TLS_GROUP_NONE};
    mbedtls_ssl_conf_groups(config, groups);
#else
    static const mbedtls_ecp_group_id curves[] = {MBEDTLS_ECP_DP_CURVE25519, MBEDTLS_ECP_DP_SECP256R1,
                                                  MBEDTLS_ECP_DP_SECP384R1, MBEDTLS_ECP_DP_SECP521R1,
                                                  MBEDTLS_ECP_DP_NONE};
    mbedtls_ssl_conf_curves(config, curves);
#endif
}

inline void set_signatures(mbedtls_ssl_config* config) {
#if MBEDTLS_VERSION_MAJOR >= 3
    static const std::uint16_t signatures[] = {MBEDTLS_TLS1_3_SIG_ECDSA_SECP256R1_SHA256,
                                               MBEDTLS_TLS1_3_SIG_ECDSA_SECP384R1_SHA384,
                                               MBEDTLS_TLS1_3_SIG_ECDSA_SECP521R1_SHA512, MBEDTLS_TLS1_3_SIG_NONE};
    mbedtls_ssl_conf_sig_algs(config, signatures);
#else
    static const int hashes[] = {MBEDTLS_MD_SHA256, MBEDTLS_MD_SHA384, MBEDTLS_MD_SHA512, MBEDTLS_MD_NONE};
    mbedtls_ssl_conf_sig_hashes(config, hashes);
#endif
}

// To be called once, before any thread starts: the first AES operation looks what the processor can do, and two
// threads that look at once may leave keys in the wrong form (CVE-2025-52496).
inline bool begin() {
#if MBEDTLS_VERSION_MAJOR >= 3
    if (psa_crypto_init() != PSA_SUCCESS)
        return false;
#endif
    const unsigned char key[16] = {};
    unsigned char block[16] = {};
    Owned<mbedtls_aes_context, mbedtls_aes_init, mbedtls_aes_free> aes;
    return mbedtls_aes_setkey_enc(aes.get(), key, 128) == 0 &&
           mbedtls_aes_crypt_ecb(aes.get(), MBEDTLS_AES_ENCRYPT, block, block) == 0;
}

}  // namespace noodstop::platform::tls::api
