// What mbedTLS reports, as sentences for people. For the files of this folder only.
#pragma once

#include "platform/tls/errors.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace noodstop::platform::tls {

struct Problem {
    TlsError error = TlsError::broken;
    std::string text;
};

// "SSL - The connection ...", as the library words it, with its code.
std::string library_text(int code);

// Why a certificate was refused, by the flags of the verification: "it ended on its last day, it is ...".
std::string verification_text(std::uint32_t flags);

// An alert that the other end sent, by its number in RFC 8446 (6).
std::string alert_text(int alert);

// Which kind of failure a code of mbedtls_ssl_* is.
TlsError kind_of(int code);

// Text from a certificate or another foreign source on one line: what isn't printable ASCII becomes '?', and nothing is
// longer than a name should be.
std::string plain_text(std::string_view foreign);

}  // namespace noodstop::platform::tls
