#include "platform/tls/signing_request.hpp"

#include "platform/tls/certificate_profile.hpp"
#include "platform/tls/certificate_reading.hpp"
#include "platform/tls/library.hpp"
#include "platform/tls/problems.hpp"

#include <fmt/format.h>

#include <arpa/inet.h>
#include <array>
#include <cerrno>

namespace noodstop::platform::tls {
namespace {

using Request = api::Owned<mbedtls_x509write_csr, mbedtls_x509write_csr_init, mbedtls_x509write_csr_free>;

constexpr std::size_t key_pem_size_max = 1024;
constexpr std::size_t request_pem_size_max = 16 * 1024;
constexpr unsigned char name_uri = 6;  // RFC 5280, GeneralName
constexpr unsigned char name_host = 2;
constexpr unsigned char name_address = 7;

int kernel_random(void*, unsigned char* bytes, std::size_t size) {
    random_bytes(bytes, size);
    return 0;
}

Error not_made(const char* what, int code) {
    return {EINVAL, fmt::format("{} can't be made: {}", what, library_text(code))};
}

// DER of one field: its tag, its length, its bytes. Lengths up to 65535.
std::string der(unsigned char tag, const std::string& bytes) {
    std::string text(1, static_cast<char>(tag));
    if (bytes.size() >= 256)
        text += {static_cast<char>(0x82), static_cast<char>(bytes.size() >> 8)};
    else if (bytes.size() >= 128)
        text += static_cast<char>(0x81);
    return text + static_cast<char>(bytes.size() & 0xff) + bytes;
}

std::string general_name(unsigned char kind, const std::string& bytes) {
    return der(static_cast<unsigned char>(MBEDTLS_ASN1_CONTEXT_SPECIFIC | kind), bytes);
}

std::string bytes_of_address(const std::string& text) {
    unsigned char bytes[16] = {};
    const bool is_short = ::inet_pton(AF_INET, text.c_str(), bytes) == 1;
    if (!is_short)
        ::inet_pton(AF_INET6, text.c_str(), bytes);
    return {reinterpret_cast<const char*>(bytes), is_short ? std::size_t{4} : std::size_t{16}};
}

std::string alternative_names(const RequestedNames& names) {
    std::string list;
    for (const std::string& uri : names.uris)
        list += general_name(name_uri, uri);
    for (const std::string& host : names.host_names)
        list += general_name(name_host, host);
    for (const std::string& address : names.addresses)
        list += general_name(name_address, bytes_of_address(address));
    return der(MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE, list);
}

std::string extended_usages() {
    const std::string server(MBEDTLS_OID_SERVER_AUTH, MBEDTLS_OID_SIZE(MBEDTLS_OID_SERVER_AUTH));
    const std::string client(MBEDTLS_OID_CLIENT_AUTH, MBEDTLS_OID_SIZE(MBEDTLS_OID_CLIENT_AUTH));
    return der(MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE,
               der(MBEDTLS_ASN1_OID, server) + der(MBEDTLS_ASN1_OID, client));
}

int add_extension(Request& request, const char* oid, std::size_t oid_size, const std::string& content) {
    const auto* bytes = reinterpret_cast<const unsigned char*>(content.data());
    return api::add_request_extension(request.get(), oid, oid_size, bytes, content.size());
}

int describe(Request& request, const RequestedNames& names) {
    mbedtls_x509write_csr_set_md_alg(request.get(), MBEDTLS_MD_SHA256);
    const std::string subject = "CN=" + names.common_name;
    if (const int code = mbedtls_x509write_csr_set_subject_name(request.get(), subject.c_str()); code != 0)
        return code;
    if (const int code = mbedtls_x509write_csr_set_key_usage(request.get(), MBEDTLS_X509_KU_DIGITAL_SIGNATURE);
        code != 0)
        return code;
    if (const int code = add_extension(request, MBEDTLS_OID_EXTENDED_KEY_USAGE,
                                       MBEDTLS_OID_SIZE(MBEDTLS_OID_EXTENDED_KEY_USAGE), extended_usages());
        code != 0)
        return code;
    return add_extension(request, MBEDTLS_OID_SUBJECT_ALT_NAME, MBEDTLS_OID_SIZE(MBEDTLS_OID_SUBJECT_ALT_NAME),
                         alternative_names(names));
}

int make_key(api::Key& key) {
    if (const int code = mbedtls_pk_setup(key.get(), mbedtls_pk_info_from_type(MBEDTLS_PK_ECKEY)); code != 0)
        return code;
    return mbedtls_ecp_gen_key(MBEDTLS_ECP_DP_SECP256R1, mbedtls_pk_ec(*key.get()), kernel_random, nullptr);
}

int parse_text(const std::string& pem, api::Certificates& certificates) {
    return mbedtls_x509_crt_parse(certificates.get(), reinterpret_cast<const unsigned char*>(pem.c_str()),
                                  pem.size() + 1);
}

int parse_text(const std::string& pem, api::Key& key) {
    return api::parse_key(key.get(), reinterpret_cast<const unsigned char*>(pem.c_str()), pem.size() + 1,
                          kernel_random);
}

bool may(const mbedtls_x509_crt& certificate, std::string_view usage) {
    return mbedtls_x509_crt_check_extended_key_usage(&certificate, usage.data(), usage.size()) == 0;
}

// What it says of itself, whoever signed it.
Status check_usages(const mbedtls_x509_crt& certificate) {
    if (!may(certificate, {MBEDTLS_OID_SERVER_AUTH, MBEDTLS_OID_SIZE(MBEDTLS_OID_SERVER_AUTH)}) ||
        !may(certificate, {MBEDTLS_OID_CLIENT_AUTH, MBEDTLS_OID_SIZE(MBEDTLS_OID_CLIENT_AUTH)}))
        return Error{EINVAL,
                     "it may not both serve and connect. Cure: have it signed with the extended key usages "
                     "serverAuth and clientAuth"};
    if (mbedtls_x509_crt_check_key_usage(&certificate, MBEDTLS_X509_KU_DIGITAL_SIGNATURE) != 0)
        return Error{EINVAL,
                     "its key may not sign handshakes. Cure: have it signed with the key usage "
                     "digitalSignature"};
    return Done{};
}

Status check_chain(api::Certificates& chain, api::Certificates& authorities) {
    std::uint32_t flags = 0;
    const int code = mbedtls_x509_crt_verify_with_profile(chain.get(), authorities.get(), nullptr, &certificate_profile,
                                                          nullptr, &flags, nullptr, nullptr);
    if (code == 0)
        return Done{};
    return Error{EINVAL, code == MBEDTLS_ERR_X509_CERT_VERIFY_FAILED ? verification_text(flags) : library_text(code)};
}

}  // namespace

Result<KeyAndRequest> make_key_and_request(const RequestedNames& names) {
    begin_library();
    api::Key key;
    if (const int code = make_key(key); code != 0)
        return not_made("a key", code);
    std::array<unsigned char, key_pem_size_max> key_text{};
    if (const int code = mbedtls_pk_write_key_pem(key.get(), key_text.data(), key_text.size()); code != 0)
        return not_made("a key", code);
    KeyAndRequest made;
    made.key = reinterpret_cast<const char*>(key_text.data());
    mbedtls_platform_zeroize(key_text.data(), key_text.size());
    Request request;
    mbedtls_x509write_csr_set_key(request.get(), key.get());
    int code = describe(request, names);
    std::string text(request_pem_size_max, '\0');
    if (code == 0)
        code = mbedtls_x509write_csr_pem(request.get(), reinterpret_cast<unsigned char*>(text.data()), text.size(),
                                         kernel_random, nullptr);
    if (code != 0)
        return not_made("a signing request", code);
    made.request = text.c_str();
    return made;
}

void forget(std::string& secret) {
    mbedtls_platform_zeroize(secret.data(), secret.size());
    secret.clear();
}

Result<CertificateFacts> check_signed(const SignedParts& parts) {
    begin_library();
    api::Certificates chain;
    api::Certificates authorities;
    api::Key key;
    if (const int code = parse_text(parts.certificate, chain); code != 0)
        return Error{EINVAL,
                     "it is no certificate in PEM form. Cure: a file that begins with -----BEGIN "
                     "CERTIFICATE-----"};
    if (const int code = parse_text(parts.authorities, authorities); code != 0)
        return Error{EINVAL, "the authorities are no certificates in PEM form"};
    if (const int code = parse_text(parts.key, key); code != 0)
        return Error{EINVAL, "the key can't be read: " + library_text(code)};
    if (!api::belong_together(&chain->pk, key.get(), kernel_random))
        return Error{EINVAL, "it is of another key. Cure: have the request signed that was made with this key"};
    if (Status status = check_chain(chain, authorities); !status)
        return status.error();
    if (Status status = check_usages(*chain.get()); !status)
        return status.error();
    return facts_of(*chain.get());
}

bool belong_together(const std::string& certificate_pem, const std::string& key_pem) {
    begin_library();
    api::Certificates certificates;
    api::Key key;
    return parse_text(certificate_pem, certificates) == 0 && parse_text(key_pem, key) == 0 &&
           api::belong_together(&certificates->pk, key.get(), kernel_random);
}

}  // namespace noodstop::platform::tls
