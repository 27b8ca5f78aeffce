#include "tools/cli/enroll.hpp"

#include "agent/config/load.hpp"
#include "platform/file/file.hpp"
#include "platform/process/users.hpp"
#include "platform/tls/signing_request.hpp"
#include "proto/codec/peer_role.hpp"
#include "proto/codec/text.hpp"
#include "tools/cli/enrol_folder.hpp"
#include "tools/cli/new_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <cstdio>
#include <optional>
#include <unistd.h>

namespace noodstop::cli {
namespace {

using platform::Error;
using platform::Result;
using platform::Status;

// What the command line leaves open is taken from the agent's configuration.
struct Enrolment {
    std::string id;
    platform::User owner;
    std::string owner_name;
    platform::tls::RequestedNames names;
};

std::string host_name() {
    char name[256] = {};
    ::gethostname(name, sizeof name - 1);
    return name;
}

bool is_host_name(const std::string& text) {
    const auto is_part_of_one = [](char letter) {
        return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
               (letter >= '0' && letter <= '9') || letter == '.' || letter == '-';
    };
    return !text.empty() && text.size() <= 253 && text.front() != '.' && text.front() != '-' &&
           std::all_of(text.begin(), text.end(), is_part_of_one);
}

bool is_address(const std::string& text) {
    unsigned char bytes[16];
    return ::inet_pton(AF_INET, text.c_str(), bytes) == 1 || ::inet_pton(AF_INET6, text.c_str(), bytes) == 1;
}

Status check_names(const EnrollRequest& request) {
    for (const std::string& name : request.host_names)
        if (!is_host_name(name))
            return Error{EINVAL, fmt::format("--dns {} is no host name. Cure: letters, digits, '.' and '-'", name)};
    for (const std::string& address : request.addresses)
        if (!is_address(address))
            return Error{EINVAL, fmt::format("--ip {} is no address. Cure: like 192.0.2.1 or 2001:db8::1", address)};
    return platform::Done{};
}

// The configuration says who the agent is and as whom it reads its key. A machine may be enrolled before it has one.
Result<core::AgentPolicy> agent_policy(const EnrollRequest& request) {
    const std::string file = request.config.empty() ? usual_config : request.config;
    core::AgentPolicy usual;
    usual.name = host_name();
    if (request.config.empty() && !platform::exists(file))
        return usual;
    const config::Loaded loaded = config::load_file(file, config::this_machine());
    if (loaded.ok())
        return loaded.policy.agent;
    if (request.config.empty() && !request.id.empty() && !request.owner.empty())
        return usual;  // nothing of it is needed
    return Error{EINVAL, fmt::format("{} can't be used. Cure: see noodstop config check {}", file, file)};
}

Result<Enrolment> enrolment_of(const EnrollRequest& request) {
    if (Status status = check_names(request); !status)
        return status.error();
    const auto policy = agent_policy(request);
    if (!policy)
        return policy.error();
    Enrolment enrolment;
    enrolment.id = request.id.empty() ? policy->name : request.id;
    const std::string uri = "noodstop:agent/" + enrolment.id;
    if (const auto role = codec::peer_role({uri}); !role)
        return Error{EINVAL, fmt::format("\"{}\" can't be an agent's id. Cure: --id with letters, digits, '.', '_' and "
                                         "'-', at most 64, and the same as agent.name in the configuration",
                                         enrolment.id)};
    enrolment.owner_name = request.owner.empty() ? policy->doors_user : request.owner;
    const auto owner = platform::find_user(enrolment.owner_name);
    if (!owner)
        return Error{ENOENT, owner.error().message + ". Cure: --owner with the user whom agent.doors_user names"};
    enrolment.owner = *owner;
    enrolment.names = {enrolment.id, {uri}, request.host_names, request.addresses};
    if (request.host_names.empty() && request.addresses.empty() && is_host_name(host_name()))
        enrolment.names.host_names = {host_name()};
    return enrolment;
}

// Nothing that is there is touched.
Status check_room(const EnrollRequest& request, const EnrolFolder& folder) {
    const KeyPlaces places = request.renew ? folder.renewed() : folder.in_use();
    if (request.renew && !platform::exists(folder.in_use().key))
        return Error{ENOENT,
                     fmt::format("{} holds no key to renew. Cure: noodstop enroll without --renew", folder.path)};
    if (!request.renew && platform::exists(places.key))
        return Error{EEXIST, fmt::format("{} is there already and stays. Cure: have {} signed; or noodstop enroll "
                                         "--renew, which makes a new key beside it",
                                         places.key, places.request)};
    if (platform::exists(places.key))
        return Error{EEXIST, fmt::format("a renewal is under way: {} waits for its certificate. Cure: have {} signed; "
                                         "or remove both to begin anew",
                                         places.key, places.request)};
    return platform::Done{};
}

Status make_files(const Enrolment& enrolment, const KeyPlaces& places) {
    auto made = platform::tls::make_key_and_request(enrolment.names);
    if (!made)
        return made.error();
    // The request of a key that was given up may be there; it is of no use to anybody.
    Status status = platform::remove_file(places.request);
    if (status)
        status = make_new_file({places.request, made->request, 0644, ::geteuid()});
    NewFile key{places.key, std::move(made->key), 0400, enrolment.owner.id};
    if (status)
        status = make_new_file(key);
    platform::tls::forget(key.content);
    if (!status && status.error().number == EPERM)
        return Error{EPERM,
                     fmt::format("{}. Cure: as root, or with --owner and your own user", status.error().message)};
    return status;
}

std::string joined(const std::vector<std::string>& one, const std::vector<std::string>& other) {
    std::string text;
    for (const auto* list : {&one, &other})
        for (const std::string& name : *list)
            text += (text.empty() ? "" : ", ") + name;
    return text;
}

void tell_next(const EnrollRequest& request, const Enrolment& enrolment, const KeyPlaces& places) {
    std::string names;
    for (const std::string& host : enrolment.names.host_names)
        names += " --dns " + host;
    for (const std::string& address : enrolment.names.addresses)
        names += " --ip " + address;
    tell_line(fmt::format("key      {} (readable by {} alone; it never leaves this machine)", places.key,
                          enrolment.owner_name));
    tell_line(fmt::format("request  {} (agent {}, serving as {})", places.request, enrolment.id,
                          joined(enrolment.names.host_names, enrolment.names.addresses)));
    if (request.renew)
        tell_line("The old key and certificate stay in use until the new certificate is put in.");
    tell_line(fmt::format("Next: send {} to whoever signs for you. With the authority of tools/certs that is:",
                          places.request));
    tell_line(
        fmt::format("  tools/certs sign CA-FOLDER agent.csr --role agent/{}{} -o agent.pem", enrolment.id, names));
    tell_line("and with what comes back, and the authority's own certificate:");
    tell_line(fmt::format("  noodstop enroll --install agent.pem --authorities ca.pem{}",
                          request.folder == EnrollRequest{}.folder ? "" : " --folder " + request.folder));
}

}  // namespace

void tell_line(const std::string& line) {
    std::fputs((codec::printable_text(line) + "\n").c_str(), stdout);
}

Exit refuse_enrolment(const std::string& problem) {
    std::fprintf(stderr, "noodstop: %s\n", codec::printable_text(problem).c_str());
    return Exit::refused;
}

Exit enroll(const EnrollRequest& request) {
    const EnrolFolder folder{request.folder};
    const auto enrolment = enrolment_of(request);
    if (!enrolment)
        return refuse_enrolment(enrolment.error().message);
    if (Status status = check_room(request, folder); !status)
        return refuse_enrolment(status.error().message);
    if (Status status = platform::make_folders(folder.path, 0755); !status)
        return refuse_enrolment(status.error().message + ". Cure: as root, or with --folder");
    const KeyPlaces places = request.renew ? folder.renewed() : folder.in_use();
    if (Status status = make_files(*enrolment, places); !status)
        return refuse_enrolment(status.error().message);
    tell_next(request, *enrolment, places);
    return Exit::fine;
}

}  // namespace noodstop::cli
