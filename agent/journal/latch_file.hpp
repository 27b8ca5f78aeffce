// The latch of a zone in a file of its own: FOLDER/latches/ZONE, a few lines of text closed by a checksum, replaced
// as a whole. It is what keeps a tripped zone tripped when the database is lost (DESIGN.md 3), and it may be written
// by a thread of its own when the database's disk hangs.
#pragma once

#include "agent/core/record.hpp"
#include "platform/result.hpp"

#include <string>
#include <vector>

namespace noodstop::journal {

platform::Status write_latch(const std::string& folder, const core::Latch& latch);

struct LatchesRead {
    std::vector<core::Latch> latches;
    std::vector<std::string> problems;
};

// A file that is damaged counts as tripped, with the damage as reason: unknown is never fine.
LatchesRead read_latches(const std::string& folder);

}  // namespace noodstop::journal
