// What the agent or the hub answered as JSON, in the shape that `noodstop --help` documents.
#pragma once

#include "proto/codec/hub_codec.hpp"
#include "proto/codec/service_codec.hpp"

namespace noodstop::cli {

std::string to_json(const codec::StatusAnswer& status);  // one line
std::string to_json(const std::vector<core::LimitStatus>& limits);
std::string to_json(const std::vector<core::ResourceStatus>& resources);
std::string to_json(const core::RecordedFact& fact);
std::string to_json(const std::vector<codec::AgentSummary>& agents);  // one line, as the next
std::string to_json(const codec::AgentDetail& detail);

}  // namespace noodstop::cli
