#include "platform/tls/problems.hpp"

#include "platform/tls/mbedtls_api.hpp"

#include <fmt/format.h>

namespace noodstop::platform::tls {
namespace {

constexpr std::size_t plain_text_max = 200;

struct FlagText {
    std::uint32_t flag;
    const char* text;
};

constexpr FlagText flag_texts[] = {
    {MBEDTLS_X509_BADCERT_EXPIRED, "it has expired"},
    {MBEDTLS_X509_BADCERT_FUTURE, "it is not valid yet (is the clock right on both machines?)"},
    {MBEDTLS_X509_BADCERT_NOT_TRUSTED, "it is not signed by an authority that is trusted here"},
    {MBEDTLS_X509_BADCERT_CN_MISMATCH, "it is for another host"},
    {MBEDTLS_X509_BADCERT_MISSING, "there is none"},
    {MBEDTLS_X509_BADCERT_REVOKED, "it was revoked"},
    {MBEDTLS_X509_BADCERT_KEY_USAGE, "its key may not be used for this"},
    {MBEDTLS_X509_BADCERT_EXT_KEY_USAGE, "it is not for this kind of connection (extended key usage)"},
    {MBEDTLS_X509_BADCERT_NS_CERT_TYPE, "it is not for this kind of connection"},
    {MBEDTLS_X509_BADCERT_BAD_MD, "it is signed with a hash that is too weak"},
    {MBEDTLS_X509_BADCERT_BAD_PK, "a key in its chain is not ECDSA"},
    {MBEDTLS_X509_BADCERT_BAD_KEY, "a key in its chain is too short, or on a curve that is not accepted"},
};

const char* name_of_alert(int alert) {
    switch (alert) {
        case 10:
            return "unexpected message";
        case 20:
            return "bad record";
        case 40:
            return "handshake failure: nothing that both ends accept, or a certificate is wanted";
        case 42:
            return "bad certificate";
        case 43:
            return "unsupported certificate";
        case 44:
            return "certificate revoked";
        case 45:
            return "certificate expired";
        case 46:
            return "certificate unknown";
        case 47:
            return "illegal parameter";
        case 48:
            return "unknown authority: our certificate is not from one that it trusts";
        case 49:
            return "access denied";
        case 50:
            return "decode error";
        case 51:
            return "decrypt error";
        case 70:
            return "no common version of TLS";
        case 71:
            return "insufficient security";
        case 80:
            return "internal error";
        case 112:
            return "it serves no host of that name";
        case 116:
            return "certificate required";
        case 120:
            return "no common application protocol";
        default:
            return "no reason known here";
    }
}

}  // namespace

std::string library_text(int code) {
    char text[160] = {};
    mbedtls_strerror(code, text, sizeof text);
    return fmt::format("{} (-0x{:04X})", text, static_cast<unsigned>(-code));
}

std::string verification_text(std::uint32_t flags) {
    std::string text;
    for (const FlagText& entry : flag_texts)
        if ((flags & entry.flag) != 0)
            text += (text.empty() ? "" : "; ") + std::string(entry.text);
    return text.empty() ? fmt::format("its verification failed (flags 0x{:X})", flags) : text;
}

std::string alert_text(int alert) {
    return fmt::format("the other end refused: {} (alert {})", name_of_alert(alert), alert);
}

TlsError kind_of(int code) {
    if (api::means_bad_certificate(code))
        return TlsError::certificate_refused;
    if (api::means_no_agreement(code))
        return TlsError::no_agreement;
    if (code == MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE)
        return TlsError::refused_by_peer;
    return code == MBEDTLS_ERR_SSL_CONN_EOF ? TlsError::truncated : TlsError::broken;
}

std::string plain_text(std::string_view foreign) {
    std::string plain(foreign.substr(0, plain_text_max));
    for (char& letter : plain)
        if (letter < ' ' || letter > '~')
            letter = '?';
    return plain;
}

}  // namespace noodstop::platform::tls
