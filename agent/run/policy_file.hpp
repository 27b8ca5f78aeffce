// The policy in force as a file in memory, handed from process to process: a path or doors process that is started
// again gets what was in force, and not what the configuration files on disk hold by then. Only between processes of
// the same program, and sealed: none of them can change what the next one gets.
#pragma once

#include "agent/core/policy.hpp"
#include "platform/file/file.hpp"

namespace noodstop::run {

inline constexpr std::size_t policy_bytes_max = 64U << 20;

platform::Result<platform::FileDescriptor> make_policy_file(const core::Policy& policy);

// Wherever the file's position is; the file stays open and can be read again.
platform::Result<core::Policy> read_policy_file(int file);

}  // namespace noodstop::run
