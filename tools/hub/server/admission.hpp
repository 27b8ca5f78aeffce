// Who may call what. A certificate names its role (proto/codec/peer_role.hpp):
//
//   agent ID      pushes, as ID, and nothing else
//   operator      reads the fleet, health and reflection
//   owner TENANT  reads what of the fleet is its tenant's, health and reflection
//   hub NAME      nothing here
#pragma once

#include "platform/rpc/service.hpp"
#include "proto/codec/peer_role.hpp"
#include "tools/hub/fleet.hpp"

namespace noodstop::hub {

codec::Decoded<codec::PeerRole> role_of(const platform::Peer& peer);

// An error refuses the call.
std::optional<platform::RpcError> refusal_of(const platform::RpcRequestFacts& facts);

// Of a caller that may read.
Viewer viewer_of(const platform::Peer& peer);

// As it is shown and logged: "agent box-1 at 192.0.2.7:40312".
std::string caller_of(const platform::Peer& peer);

}  // namespace noodstop::hub
