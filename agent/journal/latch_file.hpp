// The latch of a zone in a file of its own: FOLDER/latches/ZONE.latch, a few lines of text closed by a checksum
// (latch_codec.hpp), replaced as a whole. It is what keeps a tripped zone tripped when the database is lost
// (DESIGN.md 3), and it may be written by a thread of its own when the database's disk hangs.
#pragma once

#include "agent/core/record.hpp"
#include "platform/result.hpp"

#include <string>
#include <vector>

namespace noodstop::journal {

// A damaged latch is read with a version of at least this: above all that are counted, so that nothing older wins over
// it. It grows with the wall clock's seconds, so that damage wins over the reset that ended an earlier damage, too.
inline constexpr std::uint64_t damaged_latch_version = std::uint64_t{1} << 62;

// Durable on return. FOLDER is the state folder; its "latches" is created if need be. Threads may call it at once.
// Ok without writing, but not without a sync, if the file on disk is newer, or is the same already. A latch that would
// open a zone that the disk holds closed is refused unless its version is higher. A damaged file is replaced by
// whatever comes.
platform::Status write_latch(const std::string& folder, const core::Latch& latch);

struct LatchesRead {
    std::vector<core::Latch> latches;
    std::vector<std::string> problems;
};

// A file that is damaged, too long or unreadable counts as tripped, with the damage as reason and the zone from the
// file's name: unknown is never fine. Left-over "*.new" files were never acknowledged; they are removed.
//
// A folder that is not there is a first start. One that can't be listed is a problem and says nothing about any zone:
// what the database holds of the zones then stands alone, since a wrong file permission must not stop customers.
LatchesRead read_latches(const std::string& folder);

}  // namespace noodstop::journal
