#include "agent/doors/caller.hpp"

#include "proto/codec/peer_role.hpp"

namespace noodstop::doors {
namespace {

Caller stranger(std::string name, std::string problem) {
    return {CallerKind::stranger, {}, std::move(name), std::move(problem)};
}

Caller caller_with(const platform::ClientCertificate& certificate) {
    const std::string fingerprint = "sha256:" + certificate.fingerprint;
    auto role = codec::peer_role(certificate.uris);
    if (!role)
        return stranger(fingerprint, role.problem);
    const std::string name = codec::text_of(*role);
    switch (role->kind) {
        case codec::PeerKind::operator_:
            return {CallerKind::operator_, {}, name, {}};
        case codec::PeerKind::owner:
            return {CallerKind::owner, {role->name}, name, {}};
        case codec::PeerKind::hub:
            return {CallerKind::hub, {}, name, {}};
        case codec::PeerKind::agent:
            return stranger(name, "an agent has no business with another agent");
    }
    return stranger(fingerprint, "the certificate's role is not known here");
}

}  // namespace

Caller caller_of(const platform::Peer& peer) {
    if (const auto* credentials = platform::credentials_of(peer))
        return {CallerKind::local, {}, "uid:" + std::to_string(credentials->user), {}};
    if (const auto* certificate = platform::certificate_of(peer))
        return caller_with(*certificate);
    return stranger(peer.address, "who calls has proven nothing");
}

}  // namespace noodstop::doors
