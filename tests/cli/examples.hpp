// An agent as it may be found, for the golden files.
#pragma once

#include "proto/codec/hub_codec.hpp"
#include "proto/codec/service_codec.hpp"

namespace noodstop::cli {

codec::StatusAnswer calm_status();     // two zones: one armed and burning, one observing
codec::StatusAnswer alarmed_status();  // tripped, disarmed, blind, not durable, silent, and a hostile name
std::vector<core::ResourceStatus> example_resources();
std::vector<core::RecordedFact> example_story();   // of how dev came to be latched
std::vector<codec::AgentSummary> example_fleet();  // calm, loud, missing, and one that never told anything
codec::AgentDetail example_agent();

}  // namespace noodstop::cli
