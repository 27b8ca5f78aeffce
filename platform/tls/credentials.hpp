// What one end of TLS shows and whom it trusts: certificate chain, key and authorities, read from PEM files and
// checked.
#pragma once

#include "platform/result.hpp"
#include "platform/tls/certificate.hpp"

#include <memory>
#include <optional>
#include <string>

namespace noodstop::platform::tls {

struct CredentialFiles {
    std::string certificate;  // the own one first, then those that lead towards an authority; empty: a client without
    std::string key;          // of the own certificate; empty exactly when there is no certificate
    std::string authorities;  // whose certificates are trusted; never empty
};

struct LoadedCredentials;

// Immutable; copies share what was loaded.
class Credentials {
public:
    // Errors name the file and say what to do. Refused: files that others may change, a key that others may read, keys
    // that are not ECDSA on P-256, P-384 or P-521, a key that is not the certificate's, a chain out of order. A
    // certificate that has expired is not refused here: see own().not_after.
    static Result<Credentials> load(const CredentialFiles& files);

    const std::optional<CertificateFacts>& own() const;  // nothing: a client without a certificate
    const std::string& trust_digest() const;             // of the authorities
    bool same_as(const Credentials& other) const;        // byte by byte

    const LoadedCredentials& loaded() const { return *loaded_; }  // for the files of this folder

private:
    explicit Credentials(std::shared_ptr<const LoadedCredentials> loaded) : loaded_(std::move(loaded)) {}
    std::shared_ptr<const LoadedCredentials> loaded_;
};

}  // namespace noodstop::platform::tls
