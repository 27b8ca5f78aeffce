// Reading mbedTLS's certificates. For the files of this folder only.
#pragma once

#include "platform/tls/certificate.hpp"
#include "platform/tls/mbedtls_api.hpp"

namespace noodstop::platform::tls {

CertificateFacts facts_of(const mbedtls_x509_crt& certificate);

// One line that names a certificate to people: `"hub1", valid until 2027-01-31`.
std::string name_of(const mbedtls_x509_crt& certificate);

// Its last second is over by this machine's clock.
bool has_expired(const mbedtls_x509_crt& certificate);

// `address` in text form, as one of the certificate's alternative names. Names of hosts are left to mbedTLS.
bool serves_address(const mbedtls_x509_crt& certificate, const std::string& address);
bool is_address(const std::string& text);

}  // namespace noodstop::platform::tls
