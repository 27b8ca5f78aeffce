// What a hub's refusal of a push means to the session, read from the error of the call.
#pragma once

#include "agent/doors/uplink_session.hpp"
#include "platform/rpc/code.hpp"

namespace noodstop::doors {

PushRefusal push_refusal_of(platform::RpcCode code);

// "permission_denied: this certificate is not agent-7's": as it is shown and told.
std::string problem_of(const platform::RpcError& error);

// The delay of a google.rpc.RetryInfo among the details. Nothing: there is none, or it can't be read.
std::optional<core::Duration> retry_after_of(const platform::RpcError& error);

}  // namespace noodstop::doors
