// A piece of one lane of the spool, in the words of exporters.
#pragma once

#include "agent/core/uplink.hpp"
#include "agent/doors/exporters/reading.hpp"

namespace noodstop::exporters {

struct ExportBatch {
    std::optional<core::Position> after;  // behind which it begins; none: with the oldest there is
    std::optional<core::Position> end;    // what is acknowledged when it was taken; none: the batch is empty
    std::vector<Reading> readings;
    std::vector<core::RecordedFact> facts;
    std::vector<core::Gap> gaps;
    bool empty() const { return !end.has_value(); }
};

Reading reading_of(const core::Counter& counter);
ExportBatch batch_of(const core::SampleRun& run);
ExportBatch batch_of(const core::FactRun& run);

}  // namespace noodstop::exporters
