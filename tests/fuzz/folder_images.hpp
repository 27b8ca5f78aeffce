// State folders as a store leaves them, and what was written to them: whatever comes back must be of it.
#pragma once

#include "agent/core/record.hpp"
#include "tests/sim/disk/disk.hpp"

#include <set>
#include <string>
#include <vector>

namespace noodstop::fuzz {

inline constexpr const char* state_folder = "/state";
inline constexpr std::uint64_t last_fact = 24;  // written in all images

struct FolderImage {
    sim::Image disk;
    bool in_order = false;      // closed in order; else its log still lies beside its database
    std::uint64_t written = 0;  // the highest number
};

// Made once, one after the other of one life: young, crashed, closed in order, begun anew after a failure, crashed
// again.
const std::vector<FolderImage>& folder_images();

core::RecordedFact written_fact(std::uint64_t sequence);
const std::set<std::pair<std::string, std::string>>& written_pieces();  // key and value
const std::vector<core::Latch>& written_latches();

}  // namespace noodstop::fuzz
