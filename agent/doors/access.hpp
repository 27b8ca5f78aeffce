// Who may call what: one table of methods and roles. What is not in it nobody may call from outside.
#pragma once

#include "agent/doors/caller.hpp"
#include "platform/rpc/service.hpp"

namespace noodstop::doors {

// Nothing: the call may be read. Callers on the unix socket are let through here; the path itself looks who gives an
// order.
std::optional<platform::RpcError> refusal_of(const Caller& caller, std::string_view method);

}  // namespace noodstop::doors
