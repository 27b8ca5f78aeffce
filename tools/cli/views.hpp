// What people see: pure functions from what the agent answered to text.
#pragma once

#include "proto/codec/service_codec.hpp"
#include "tools/cli/style.hpp"

namespace noodstop::cli {

std::string status_text(const Style& style, const codec::StatusAnswer& status);
std::string status_line(const codec::StatusAnswer& status);  // one line, for a log
std::string limits_text(const Style& style, const core::Snapshot& snapshot);
std::string resources_text(const Style& style, const std::vector<core::ResourceStatus>& resources,
                           const core::Snapshot& snapshot);  // the currencies are the zones'
std::string fact_line(const core::RecordedFact& fact);

}  // namespace noodstop::cli
