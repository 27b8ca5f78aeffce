#include "platform/file/file.hpp"
#include "platform/tls/signing_request.hpp"
#include "proto/codec/peer_role.hpp"
#include "tools/cli/enrol_folder.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <chrono>

namespace noodstop::cli {
namespace {

using platform::Error;
using platform::Result;
using platform::Status;

constexpr std::size_t pem_file_size_max = 256 * 1024;

Result<std::string> read_pem(const std::string& path) {
    return platform::read_file(path, pem_file_size_max);
}

// Of the keys that are here the one whose certificate it is. After a crash in the middle of a renewal that is the one
// in use, and doing it again completes it.
Result<std::string> key_place_for(const EnrolFolder& folder, const std::string& certificate) {
    std::string tried;
    for (const std::string& place : {folder.renewed().key, folder.in_use().key}) {
        if (!platform::exists(place))
            continue;
        auto key = read_pem(place);
        if (!key)
            return Error{key.error().number, key.error().message + ". Cure: as root"};
        const bool is_its_key = platform::tls::belong_together(certificate, *key);
        platform::tls::forget(*key);
        if (is_its_key)
            return place;
        tried += (tried.empty() ? "" : " or ") + place;
    }
    if (tried.empty())
        return Error{ENOENT,
                     fmt::format("{} holds no key. Cure: noodstop enroll, and have its request signed", folder.path)};
    return Error{EINVAL, fmt::format("it is not the certificate of {}. Cure: have the request signed that lies beside "
                                     "the key",
                                     tried)};
}

Result<platform::tls::CertificateFacts> check_with_key(const std::string& certificate, const std::string& key_place,
                                                       const std::string& authorities) {
    auto key = read_pem(key_place);
    if (!key)
        return key.error();
    auto facts = platform::tls::check_signed({certificate, *key, authorities});
    platform::tls::forget(*key);
    return facts;
}

// The agent's, and of no other agent than the one who is enrolled here already.
Result<std::string> id_in(const platform::tls::CertificateFacts& facts, const EnrolFolder& folder) {
    const auto role = codec::peer_role(facts.uris);
    if (!role)
        return Error{EINVAL, fmt::format("it says of nobody whom it speaks for: {}. Cure: have it signed with the URI "
                                         "noodstop:agent/ID among its alternative names",
                                         role.problem)};
    if (role.value->kind != codec::PeerKind::agent)
        return Error{EINVAL, fmt::format("it speaks for {}, not for an agent. Cure: have it signed with the role "
                                         "agent/ID",
                                         codec::text_of(*role.value))};
    const auto before = read_pem(folder.certificate());
    const auto before_facts = before ? platform::tls::certificate_facts(*before) : before.error();
    const auto before_role = before_facts ? codec::peer_role(before_facts->uris) : codec::peer_role({});
    if (before_role && !(*before_role.value == *role.value))
        return Error{
            EINVAL, fmt::format("it speaks for {}, and this machine is {}. Cure: move {} away first if that is "
                                "meant",
                                codec::text_of(*role.value), codec::text_of(*before_role.value), folder.certificate())};
    return role.value->name;
}

// Each step leaves files that belong together, or such that doing it all again completes it.
Status put_in(const EnrolFolder& folder, const std::string& key_place, const std::string& certificate,
              const std::string& authorities) {
    const auto trusted = read_pem(folder.authorities());
    if (!trusted || *trusted != authorities)
        if (Status status = platform::replace_file_durably(folder.authorities(), authorities, 0644); !status)
            return status;
    if (key_place == folder.renewed().key) {
        if (Status status = platform::rename_durably(key_place, folder.in_use().key); !status)
            return status;
        if (Status status = platform::rename_durably(folder.renewed().request, folder.in_use().request); !status)
            return status;
    }
    return platform::replace_file_durably(folder.certificate(), certificate, 0644);
}

std::string day_of(std::chrono::sys_seconds moment) {
    const std::chrono::year_month_day day(std::chrono::floor<std::chrono::days>(moment));
    return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(day.year()), static_cast<unsigned>(day.month()),
                       static_cast<unsigned>(day.day()));
}

}  // namespace

Exit install_certificate(const EnrollRequest& request) {
    const EnrolFolder folder{request.folder};
    const auto certificate = read_pem(request.certificate);
    if (!certificate)
        return refuse_enrolment(certificate.error().message);
    const std::string authorities_file = request.authorities.empty() ? folder.authorities() : request.authorities;
    const auto authorities = read_pem(authorities_file);
    if (!authorities)
        return refuse_enrolment(authorities.error().message +
                                ". Cure: --authorities with the certificate of whoever signed");
    const auto key_place = key_place_for(folder, *certificate);
    if (!key_place)
        return refuse_enrolment(fmt::format("{}: {}", request.certificate, key_place.error().message));
    const auto facts = check_with_key(*certificate, *key_place, *authorities);
    if (!facts)
        return refuse_enrolment(fmt::format("{} is not put in: {}", request.certificate, facts.error().message));
    const auto id = id_in(*facts, folder);
    if (!id)
        return refuse_enrolment(fmt::format("{} is not put in: {}", request.certificate, id.error().message));
    if (Status status = put_in(folder, *key_place, *certificate, *authorities); !status)
        return refuse_enrolment(status.error().message + ". Cure: mend that, then the same command again");
    tell_line(fmt::format("agent {} has its certificate: {}, valid until {}", *id, folder.certificate(),
                          day_of(facts->not_after)));
    tell_line(fmt::format("Next: name it in the configuration, in [remote] and [uplink], and check that:"));
    tell_line(fmt::format("  certificate = \"{}\"", folder.certificate()));
    tell_line(fmt::format("  key = \"{}\"", folder.in_use().key));
    tell_line(fmt::format("  authorities = \"{}\"", folder.authorities()));
    tell_line(fmt::format("  noodstop config check {}", usual_config));
    tell_line("An agent that runs with these files takes the new ones by itself.");
    return Exit::fine;
}

}  // namespace noodstop::cli
