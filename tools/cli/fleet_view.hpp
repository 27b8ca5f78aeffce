// The fleet as people see it: pure functions from what the hub answered to text.
#pragma once

#include "proto/codec/hub_codec.hpp"
#include "tools/cli/attention.hpp"
#include "tools/cli/style.hpp"

namespace noodstop::cli {

std::string fleet_text(const Style& style, const std::vector<codec::AgentSummary>& agents);
std::string fleet_line(const std::vector<codec::AgentSummary>& agents);  // one line, for a log
std::string agent_text(const Style& style, const codec::AgentDetail& detail);

// What in it needs a person, alarms first.
std::vector<Attention> attention_in(const std::vector<codec::AgentSummary>& agents);

}  // namespace noodstop::cli
