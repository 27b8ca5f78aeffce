// Credentials as mbedTLS holds them. For the files of this folder only.
#pragma once

#include "platform/tls/credentials.hpp"
#include "platform/tls/mbedtls_api.hpp"

namespace noodstop::platform::tls {

struct LoadedCredentials {
    // mbedTLS takes pointers to what it does not change.
    mutable api::Certificates chain;
    mutable api::Key key;
    mutable api::Certificates authorities;
    std::optional<CertificateFacts> own;
    std::string own_digest;
    std::string trust_digest;
};

}  // namespace noodstop::platform::tls
