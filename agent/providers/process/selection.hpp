// Which processes are a process provider's resources, and how one is named so that it is never taken for another.
#pragma once

#include "agent/core/policy.hpp"
#include "agent/providers/local.hpp"
#include "platform/process/process.hpp"

#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace noodstop::providers {

// A pid and when its process began, in clock ticks after boot. Written "PID-TICKS".
struct ProcessIdentity {
    pid_t pid = 0;
    std::uint64_t start_ticks = 0;
    auto operator<=>(const ProcessIdentity&) const = default;
};

std::string to_text(const ProcessIdentity& identity);
std::optional<ProcessIdentity> parse_identity(const std::string& text);

// The selectors that are set, resolved; all of them must match.
struct ProcessSelectors {
    std::optional<std::string> executable;
    std::optional<uid_t> user;  // the real user id: who started it, as in `pkill -U`
    std::optional<std::string> pid_file;
};

// Errors: no selector, a relative path, a user that is not known.
platform::Result<ProcessSelectors> resolve_selectors(const core::ProcessSettings& settings);

// Whether executable and user match. An error if that can't be read; has_vanished() tells that it has ended.
platform::Result<bool> matches(const ProcessSelectors& selectors, pid_t pid);

// The text of a pid file: one number, with blanks and line feeds around it or none. The service writes it, and may have
// been taken over.
std::optional<pid_t> parse_pid_file(std::string_view text);

// The one pid in the file. No value where the file is missing: then nothing runs that is known by it.
platform::Result<std::optional<pid_t>> read_pid_file(const std::string& path);

struct ProcessOptions {
    core::ProviderName name;
    ProcessSelectors selectors;
    std::uint32_t resources_max = 10'000;
    std::vector<core::Metric> priced;
    ProtectedPids agent;
};

}  // namespace noodstop::providers
