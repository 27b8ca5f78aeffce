// What certificates of others may be. For the files of this folder only.
#pragma once

#include "platform/tls/mbedtls_api.hpp"

#include <cstdint>

namespace noodstop::platform::tls {

// ECDSA on these curves, signed with SHA-2.
inline constexpr mbedtls_x509_crt_profile certificate_profile = {
    MBEDTLS_X509_ID_FLAG(MBEDTLS_MD_SHA256) | MBEDTLS_X509_ID_FLAG(MBEDTLS_MD_SHA384) |
        MBEDTLS_X509_ID_FLAG(MBEDTLS_MD_SHA512),
    MBEDTLS_X509_ID_FLAG(MBEDTLS_PK_ECKEY) | MBEDTLS_X509_ID_FLAG(MBEDTLS_PK_ECDSA),
    MBEDTLS_X509_ID_FLAG(MBEDTLS_ECP_DP_SECP256R1) | MBEDTLS_X509_ID_FLAG(MBEDTLS_ECP_DP_SECP384R1) |
        MBEDTLS_X509_ID_FLAG(MBEDTLS_ECP_DP_SECP521R1),
    UINT32_MAX,  // bits of an RSA key: there is none that would do
};

}  // namespace noodstop::platform::tls
