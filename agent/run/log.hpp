// Lines for the operator on standard error: one for each fact that a person must know, and quiet otherwise. Written by
// a thread of its own; when whoever reads standard error hangs, the oldest lines are dropped.
#pragma once

#include "agent/core/record.hpp"

#include <string>

namespace noodstop::run {

inline constexpr std::size_t log_lines_max = 1024;

void start_log(const std::string& process);
void log_alert(const core::RecordedFact& fact);
void log_warning(const std::string& line);

}  // namespace noodstop::run
