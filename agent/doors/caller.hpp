// Who calls: what the other end of a connection has proven, in our words.
#pragma once

#include "agent/core/units.hpp"
#include "platform/net/peer.hpp"

#include <string>

namespace noodstop::doors {

enum class CallerKind : std::uint8_t {
    local,      // on the unix socket; the kernel says which user
    operator_,  // the others come from outside, by their certificate's role
    owner,
    hub,
    stranger,  // no role, one that has no business here, or nothing proven
};

struct Caller {
    CallerKind kind = CallerKind::stranger;
    core::TenantName tenant;  // of an owner
    std::string name;         // as facts have it: "uid:1000", "owner acme", "sha256:5e1f..." of a certificate
    std::string problem;      // of a stranger: what is wrong, fit to be told

    bool is_outside() const { return kind != CallerKind::local; }
    bool sees_all() const { return kind != CallerKind::owner && kind != CallerKind::stranger; }
};

Caller caller_of(const platform::Peer& peer);

}  // namespace noodstop::doors
