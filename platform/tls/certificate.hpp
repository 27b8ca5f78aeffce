// What a certificate says, as plain values.
#pragma once

#include "platform/result.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace noodstop::platform::tls {

// Texts are as in the certificate and foreign: whoever had it signed chose them.
struct CertificateFacts {
    std::string common_name;              // of the subject; empty: none. Made printable; never an authority
    std::vector<std::string> uris;        // of the subject's alternative names, in their order
    std::vector<std::string> host_names;  // likewise, lower case
    std::vector<std::string> addresses;   // likewise, as text: "127.0.0.1", "2001:db8::1"
    std::string fingerprint;              // SHA-256 of the whole certificate, 64 hexadecimal digits
    std::chrono::sys_seconds not_before{};
    std::chrono::sys_seconds not_after{};  // its last second
};

// The first certificate of a PEM text.
Result<CertificateFacts> certificate_facts(const std::string& pem);

}  // namespace noodstop::platform::tls
