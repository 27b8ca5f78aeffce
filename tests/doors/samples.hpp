// Values with every field set to something of its own, for tests that carry them across a border and compare.
#pragma once

#include "agent/core/record.hpp"
#include "agent/core/snapshot.hpp"

namespace noodstop::doors {

core::Snapshot sample_snapshot();
core::ResourceStatus sample_resource(const std::string& id);
core::RecordedFact sample_fact(std::uint64_t sequence, const std::string& tenant = "acme",
                               const std::string& zone = "dev");

}  // namespace noodstop::doors
