// Makes a key and the request with which an authority is asked for its certificate (PKCS#10), and judges what the
// authority has sent back before it is used.
#pragma once

#include "platform/result.hpp"
#include "platform/tls/certificate.hpp"

#include <string>
#include <vector>

namespace noodstop::platform::tls {

struct RequestedNames {
    std::string common_name;        // letters, digits, '.', '_' and '-', at most 64
    std::vector<std::string> uris;  // plain ASCII, as all of these
    std::vector<std::string> host_names;
    std::vector<std::string> addresses;  // "192.0.2.1", "2001:db8::1"
};

struct KeyAndRequest {
    std::string key;      // PEM, ECDSA on P-256; a secret: see forget()
    std::string request;  // PEM; asks for a certificate that both serves and connects
};

Result<KeyAndRequest> make_key_and_request(const RequestedNames& names);

void forget(std::string& secret);  // clears its bytes

struct SignedParts {
    std::string certificate;  // PEM: the own one first, then those that lead towards an authority
    std::string key;          // PEM
    std::string authorities;  // PEM
};

// The key is the certificate's, the chain leads to one of the authorities by the rules of every connection, today lies
// within its dates, and it may both serve and connect. The error is a sentence without the file's name.
Result<CertificateFacts> check_signed(const SignedParts& parts);

// The key is the certificate's.
bool belong_together(const std::string& certificate_pem, const std::string& key_pem);

}  // namespace noodstop::platform::tls
