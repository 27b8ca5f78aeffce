// Exit codes of noodstopd, as documented in its --help.
#pragma once

namespace noodstop::run {

inline constexpr int exit_orderly = 0;
inline constexpr int exit_wrong_configuration = 1;
inline constexpr int exit_wrong_usage = 2;
inline constexpr int exit_already_running = 3;
inline constexpr int exit_machine_refuses = 4;

}  // namespace noodstop::run
