// What the tests of exporters export.
#pragma once

#include "agent/core/snapshot.hpp"
#include "agent/doors/exporters/export_batch.hpp"

namespace noodstop::exporters {

inline constexpr core::WallTime noon{std::chrono::seconds(1'764'936'000)};  // 2025-12-05T12:00:00Z

// Two zones, a limit of each kind, and two providers, the second of which was never seen.
core::Snapshot sample_snapshot();

core::Counter zone_counter(const std::string& zone, std::int64_t micros, core::WallTime at);
core::Counter resource_counter(const std::string& resource, std::int64_t micros, core::WallTime at);
core::Counter limit_counter(const std::string& limit, std::int64_t micros, core::WallTime at);

core::RecordedFact sample_fact(std::uint64_t sequence, core::FactKind kind);

// One of each that exporters take from anywhere.
std::vector<Reading> readings_of_everything();

// What the spool hands out, with this number.
core::SpoolBatch spool_batch(std::uint64_t number, std::vector<core::Sample> samples);

}  // namespace noodstop::exporters
