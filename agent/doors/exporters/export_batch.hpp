// What the spool hands out, in the words of exporters.
#pragma once

#include "agent/core/uplink.hpp"
#include "agent/doors/exporters/reading.hpp"

namespace noodstop::exporters {

struct ExportBatch {
    std::uint64_t number = 0;  // the spool's, by which it is acknowledged; 0: nothing is to be acknowledged
    std::vector<Reading> readings;
    std::vector<core::RecordedFact> facts;
    std::vector<core::Gap> gaps;
};

Reading reading_of(const core::Counter& counter);

// None: the spool had nothing.
std::optional<ExportBatch> batch_of(const core::SpoolBatch& batch);

}  // namespace noodstop::exporters
