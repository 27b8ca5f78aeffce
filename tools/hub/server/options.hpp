// What the program is told: by its command line, or by a file of the same names.
#pragma once

#include "agent/core/units.hpp"
#include "platform/tls/credentials.hpp"
#include "tools/hub/server/web_target.hpp"

#include <optional>
#include <string>
#include <vector>

namespace noodstop::hub {

inline constexpr int exit_orderly = 0;
inline constexpr int exit_wrong_options = 1;  // a value, or a file that it names
inline constexpr int exit_wrong_usage = 2;
inline constexpr int exit_already_running = 3;
inline constexpr int exit_machine_refuses = 4;

struct HubOptions {
    HostAndPort listen{"127.0.0.1", 8444};
    std::string store;
    platform::tls::CredentialFiles tls;
    std::vector<WebTarget> alertmanagers;
    std::optional<WebTarget> webhook;
    std::string alert_authorities;  // whom receivers' certificates must be of; empty where none is encrypted
    core::Duration missing_after = std::chrono::minutes(5);
    core::Duration retention = std::chrono::hours(24 * 400);
};

struct ParsedOptions {
    HubOptions options;
    std::optional<int> exit;  // set: nothing is left to do (help was printed, or a mistake told)
};

ParsedOptions parse_options(int count, const char* const* texts);

}  // namespace noodstop::hub
