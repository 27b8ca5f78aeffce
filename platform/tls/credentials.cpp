#include "platform/tls/credentials.hpp"

#include "platform/tls/certificate_reading.hpp"
#include "platform/tls/checked_file.hpp"
#include "platform/tls/library.hpp"
#include "platform/tls/loaded_credentials.hpp"
#include "platform/tls/problems.hpp"

#include <fmt/format.h>

#include <cerrno>

namespace noodstop::platform::tls {
namespace {

constexpr std::size_t pem_size_max = 256 * 1024;

const unsigned char* bytes_of(const std::string& text) {
    return reinterpret_cast<const unsigned char*>(text.c_str());
}

std::string digest_of(std::string_view bytes) {
    unsigned char digest[32] = {};
    api::sha256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest);
    return {reinterpret_cast<const char*>(digest), sizeof digest};
}

int random_call(void*, unsigned char* bytes, std::size_t size) {
    random_bytes(bytes, size);
    return 0;
}

bool is_accepted_curve(const mbedtls_pk_context& key) {
    const mbedtls_ecp_group_id curve = api::curve_of(key);
    return curve == MBEDTLS_ECP_DP_SECP256R1 || curve == MBEDTLS_ECP_DP_SECP384R1 || curve == MBEDTLS_ECP_DP_SECP521R1;
}

Error no_certificate(const std::string& path, int code) {
    return {EINVAL, fmt::format("{} holds no certificate that can be read: {}. Cure: a file that begins with "
                                "-----BEGIN CERTIFICATE-----",
                                path, code > 0 ? fmt::format("{} of its parts are broken", code) : library_text(code))};
}

Status check_keys(const mbedtls_x509_crt* first, const std::string& path) {
    for (const mbedtls_x509_crt* certificate = first; certificate != nullptr; certificate = certificate->next)
        if (!is_accepted_curve(certificate->pk))
            return Error{EINVAL, fmt::format("the key of {} in {} is not ECDSA on P-256, P-384 or P-521, which alone "
                                             "are accepted. Cure: have it made with such a key",
                                             name_of(*certificate), path)};
    return Done{};
}

// The text of the file, parsed into `certificates`.
Result<std::string> load_certificates(const std::string& path, api::Certificates& certificates) {
    auto text = read_checked_file(path, Secrecy::open, pem_size_max);
    if (!text)
        return text;
    const int code = mbedtls_x509_crt_parse(certificates.get(), bytes_of(*text), text->size() + 1);
    if (code != 0)
        return no_certificate(path, code);
    if (Status status = check_keys(certificates.get(), path); !status)
        return status.error();
    return text;
}

bool same_bytes(const mbedtls_x509_buf& left, const mbedtls_x509_buf& right) {
    return std::string_view(reinterpret_cast<const char*>(left.p), left.len) ==
           std::string_view(reinterpret_cast<const char*>(right.p), right.len);
}

// Each certificate is signed by the next one.
Status check_order(const mbedtls_x509_crt* first, const std::string& path) {
    for (const mbedtls_x509_crt* one = first; one->next != nullptr; one = one->next)
        if (!same_bytes(one->issuer_raw, one->next->subject_raw))
            return Error{EINVAL,
                         fmt::format("in {} the certificate of {} is followed by that of {}, which did not sign "
                                     "it. Cure: the own certificate first, then each one's signer",
                                     path, name_of(*one), name_of(*one->next))};
    return Done{};
}

Status load_key(const CredentialFiles& files, LoadedCredentials& loaded) {
    auto text = read_checked_file(files.key, Secrecy::secret, pem_size_max);
    if (!text)
        return text.error();
    const int code = api::parse_key(loaded.key.get(), bytes_of(*text), text->size() + 1, random_call);
    mbedtls_platform_zeroize(text->data(), text->size());
    if (code == MBEDTLS_ERR_PK_PASSWORD_REQUIRED)
        return Error{EINVAL, fmt::format("the key in {} has a password, and nobody is there to type it. Cure: openssl "
                                         "pkey -in {} -out FILE",
                                         files.key, files.key)};
    if (code != 0)
        return Error{EINVAL, fmt::format("{} holds no key that can be read: {}. Cure: a PEM file with a private key",
                                         files.key, library_text(code))};
    if (!api::belong_together(&loaded.chain->pk, loaded.key.get(), random_call))
        return Error{EINVAL,
                     fmt::format("the key in {} is not that of {} in {}. Cure: put the two there that were made "
                                 "together (while they are being exchanged, the old ones stay in use)",
                                 files.key, name_of(*loaded.chain.get()), files.certificate)};
    return Done{};
}

Status load_own(const CredentialFiles& files, LoadedCredentials& loaded) {
    if (files.certificate.empty() && files.key.empty())
        return Done{};
    if (files.certificate.empty() || files.key.empty())
        return Error{EINVAL, fmt::format("{} is named without its {}. Cure: name both or neither",
                                         files.certificate.empty() ? files.key : files.certificate,
                                         files.certificate.empty() ? "certificate" : "key")};
    const auto text = load_certificates(files.certificate, loaded.chain);
    if (!text)
        return text.error();
    if (Status status = check_order(loaded.chain.get(), files.certificate); !status)
        return status;
    loaded.own = facts_of(*loaded.chain.get());
    loaded.own_digest = digest_of(*text);
    return load_key(files, loaded);
}

}  // namespace

Result<Credentials> Credentials::load(const CredentialFiles& files) {
    begin_library();
    const auto loaded = std::make_shared<LoadedCredentials>();
    if (files.authorities.empty())
        return Error{EINVAL, "no file of trusted authorities is named: nobody could be trusted. Cure: name one"};
    const auto trusted = load_certificates(files.authorities, loaded->authorities);
    if (!trusted)
        return trusted.error();
    loaded->trust_digest = digest_of(*trusted);
    if (Status status = load_own(files, *loaded); !status)
        return status.error();
    return Credentials(loaded);
}

const std::optional<CertificateFacts>& Credentials::own() const {
    return loaded_->own;
}

const std::string& Credentials::trust_digest() const {
    return loaded_->trust_digest;
}

bool Credentials::same_as(const Credentials& other) const {
    return loaded_->own_digest == other.loaded_->own_digest && loaded_->trust_digest == other.loaded_->trust_digest;
}

}  // namespace noodstop::platform::tls
