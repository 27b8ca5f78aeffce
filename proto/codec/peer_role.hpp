// Whom a certificate speaks for. Its authority says so with exactly one of these URIs among the subject's alternative
// names (tools/certs writes them, real authorities can as well):
//
//   noodstop:role/operator   all tenants, as the people who run the fleet
//   noodstop:owner/TENANT    one tenant
//   noodstop:hub/NAME        a hub: what the uplink needs
//   noodstop:agent/ID        an agent, towards its hub
//
// Names have letters, digits, '.', '_' and '-', begin with a letter or digit and are at most 64 long. URIs of other
// schemes say nothing here. The common name never does.
#pragma once

#include "proto/codec/decoded.hpp"

#include <string>
#include <vector>

namespace noodstop::codec {

enum class PeerKind {
    operator_,
    owner,
    hub,
    agent,
};

struct PeerRole {
    PeerKind kind = PeerKind::operator_;
    std::string name;  // of the tenant, hub or agent; empty for an operator
    bool operator==(const PeerRole&) const = default;
};

// No role, several, or one that isn't known here: the problem, which may be told to the peer. None of them is a role.
Decoded<PeerRole> peer_role(const std::vector<std::string>& uris);

// As it is shown and recorded: "operator", "owner acme".
std::string text_of(const PeerRole& role);

}  // namespace noodstop::codec
