#include "platform/tls/certificate.hpp"

#include "platform/tls/certificate_reading.hpp"
#include "platform/tls/problems.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>

namespace noodstop::platform::tls {
namespace {

constexpr unsigned char alternative_host_name = 2;  // RFC 5280, GeneralName
constexpr unsigned char alternative_uri = 6;
constexpr unsigned char alternative_address = 7;

std::string_view text_in(const mbedtls_x509_buf& buffer) {
    return {reinterpret_cast<const char*>(buffer.p), buffer.len};
}

std::chrono::sys_seconds moment_of(const mbedtls_x509_time& time) {
    const std::chrono::year_month_day day{std::chrono::year(time.year),
                                          std::chrono::month(static_cast<unsigned>(time.mon)),
                                          std::chrono::day(static_cast<unsigned>(time.day))};
    return std::chrono::sys_days(day) + std::chrono::hours(time.hour) + std::chrono::minutes(time.min) +
           std::chrono::seconds(time.sec);
}

std::string common_name_of(const mbedtls_x509_crt& certificate) {
    for (const mbedtls_x509_name* part = &certificate.subject; part != nullptr; part = part->next)
        if (part->oid.p != nullptr && MBEDTLS_OID_CMP(MBEDTLS_OID_AT_CN, &part->oid) == 0)
            return plain_text(text_in(part->val));
    return {};
}

std::string lower_case(std::string_view text) {
    std::string lower(text);
    for (char& letter : lower)
        if (letter >= 'A' && letter <= 'Z')
            letter = static_cast<char>(letter - 'A' + 'a');
    return lower;
}

std::string address_text(std::string_view bytes) {
    char text[INET6_ADDRSTRLEN] = {};
    if (bytes.size() == 4)
        ::inet_ntop(AF_INET, bytes.data(), text, sizeof text);
    if (bytes.size() == 16)
        ::inet_ntop(AF_INET6, bytes.data(), text, sizeof text);
    return text;
}

void add_alternative(const mbedtls_x509_buf& name, CertificateFacts& facts) {
    switch (name.tag & MBEDTLS_ASN1_TAG_VALUE_MASK) {
        case alternative_host_name:
            facts.host_names.push_back(lower_case(text_in(name)));
            break;
        case alternative_uri:
            facts.uris.emplace_back(text_in(name));
            break;
        case alternative_address:
            if (std::string address = address_text(text_in(name)); !address.empty())
                facts.addresses.push_back(std::move(address));
            break;
        default:  // mail addresses, folder names and others say nothing here
            break;
    }
}

std::string fingerprint_of(const mbedtls_x509_crt& certificate) {
    unsigned char digest[32] = {};
    api::sha256(certificate.raw.p, certificate.raw.len, digest);
    std::string text;
    for (const unsigned char byte : digest)
        text += fmt::format("{:02x}", byte);
    return text;
}

}  // namespace

CertificateFacts facts_of(const mbedtls_x509_crt& certificate) {
    CertificateFacts facts;
    facts.common_name = common_name_of(certificate);
    for (const mbedtls_x509_sequence* name = &certificate.subject_alt_names; name != nullptr; name = name->next)
        if (name->buf.p != nullptr)
            add_alternative(name->buf, facts);
    facts.fingerprint = fingerprint_of(certificate);
    facts.not_before = moment_of(certificate.valid_from);
    facts.not_after = moment_of(certificate.valid_to);
    return facts;
}

std::string name_of(const mbedtls_x509_crt& certificate) {
    const mbedtls_x509_time& end = certificate.valid_to;
    return fmt::format("\"{}\", valid until {:04}-{:02}-{:02}", common_name_of(certificate), end.year, end.mon,
                       end.day);
}

bool has_expired(const mbedtls_x509_crt& certificate) {
    return mbedtls_x509_time_is_past(&certificate.valid_to) != 0;
}

bool is_address(const std::string& text) {
    unsigned char bytes[16] = {};
    return ::inet_pton(AF_INET, text.c_str(), bytes) == 1 || ::inet_pton(AF_INET6, text.c_str(), bytes) == 1;
}

bool serves_address(const mbedtls_x509_crt& certificate, const std::string& address) {
    unsigned char bytes[16] = {};
    const std::size_t size = ::inet_pton(AF_INET, address.c_str(), bytes) == 1 ? 4 : 16;
    if (size == 16 && ::inet_pton(AF_INET6, address.c_str(), bytes) != 1)
        return false;
    const std::string text = address_text({reinterpret_cast<const char*>(bytes), size});
    const CertificateFacts facts = facts_of(certificate);
    return std::find(facts.addresses.begin(), facts.addresses.end(), text) != facts.addresses.end();
}

Result<CertificateFacts> certificate_facts(const std::string& pem) {
    api::Certificates certificates;
    const auto* bytes = reinterpret_cast<const unsigned char*>(pem.c_str());
    if (const int code = mbedtls_x509_crt_parse(certificates.get(), bytes, pem.size() + 1); code != 0)
        return Error{EINVAL, "this is no certificate in PEM form: " + library_text(code)};
    return facts_of(*certificates.get());
}

}  // namespace noodstop::platform::tls
