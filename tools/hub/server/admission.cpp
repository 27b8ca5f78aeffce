#include "tools/hub/server/admission.hpp"

#include "proto/codec/uplink_codec.hpp"

namespace noodstop::hub {

using platform::RpcCode;
using platform::RpcError;

codec::Decoded<codec::PeerRole> role_of(const platform::Peer& peer) {
    const platform::ClientCertificate* certificate = platform::certificate_of(peer);
    if (certificate == nullptr)
        return {std::nullopt, "there is no client certificate"};
    return codec::peer_role(certificate->uris);
}

std::optional<RpcError> refusal_of(const platform::RpcRequestFacts& facts) {
    const auto role = role_of(facts.peer);
    if (!role)
        return RpcError{RpcCode::permission_denied, role.problem, {}};
    const bool is_push = facts.path == codec::path::push;
    switch (role.value->kind) {
        case codec::PeerKind::agent:
            return is_push ? std::nullopt
                           : std::optional(RpcError{RpcCode::permission_denied, "agents push, and nothing else", {}});
        case codec::PeerKind::operator_:
        case codec::PeerKind::owner:
            return is_push ? std::optional(RpcError{RpcCode::permission_denied, "only agents push", {}}) : std::nullopt;
        case codec::PeerKind::hub:
            break;
    }
    return RpcError{RpcCode::permission_denied, "a hub may call nothing here", {}};
}

Viewer viewer_of(const platform::Peer& peer) {
    const auto role = role_of(peer);
    if (role && role.value->kind == codec::PeerKind::operator_)
        return {};
    // Whoever is no operator sees one tenant's, and of no tenant nothing.
    return {core::TenantName{role && role.value->kind == codec::PeerKind::owner ? role.value->name : std::string()}};
}

std::string caller_of(const platform::Peer& peer) {
    const auto role = role_of(peer);
    const platform::ClientCertificate* certificate = platform::certificate_of(peer);
    const std::string who = role ? codec::text_of(*role.value)
                                 : "certificate " + (certificate != nullptr ? certificate->fingerprint : "(none)");
    return who + " at " + peer.address;
}

}  // namespace noodstop::hub
