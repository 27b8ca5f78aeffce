// What the doors process takes from itself once its ports are made: whoever should take it over finds nothing in it
// that can write, execute, listen, or become somebody else.
//
//   user          policy.doors_user, for good; no_new_privs
//   files         reading only, below: the folders of credential and token files, /etc and wherever resolv.conf leads,
//                 the system's libraries, /proc/self; nothing else is even opened (Landlock)
//   system calls  those of a server on open sockets; others are refused, and some end the process (seccomp):
//                 platform/process/call_filter.hpp
//   limits        descriptors, address space, no core files (they would hold keys)
//
// A machine whose kernel lacks one of these says so once on the error output, and doors goes on with the others. Only
// giving up root is not negotiable.
#pragma once

#include "agent/core/policy.hpp"
#include "platform/result.hpp"

namespace noodstop::doors {

inline constexpr std::uint64_t doors_own_descriptors_max = 512;             // beside those of remote connections
inline constexpr std::uint64_t doors_address_space_bytes_max = 1ULL << 30;  // resident it is a hundredth of that

// Each for itself, for tests; enter_sandbox() is all of them in order.
platform::Status give_up_root(const core::AgentPolicy& policy);
platform::Status limit_resources(const core::ChannelPolicy& policy);
std::vector<std::string> readable_folders(const core::ChannelPolicy& policy);

// An error: the process must not go on.
platform::Status enter_sandbox(const core::AgentPolicy& policy);

}  // namespace noodstop::doors
