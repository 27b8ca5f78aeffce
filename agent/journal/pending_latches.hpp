// Latches on their way to their files: kept until they are written, the highest version of each zone.
#pragma once

#include "agent/core/record.hpp"
#include "platform/result.hpp"

#include <map>
#include <string>
#include <vector>

namespace noodstop::journal {

class PendingLatches {
public:
    void add(const std::vector<core::Latch>& latches);
    // Writes all that can be written and returns the first failure. What is refused for good is dropped.
    platform::Status write_closed(const std::string& folder) { return write_where(folder, true); }
    platform::Status write_opened(const std::string& folder) { return write_where(folder, false); }
    // Of a batch that was refused: without its record no zone may open.
    void drop_opened();

private:
    platform::Status write_where(const std::string& folder, bool tripped);
    std::map<core::ZoneName, core::Latch> latches_;
};

// A refusal of what was asked, with files and disk as good as before.
bool is_refusal(const platform::Error& error);

}  // namespace noodstop::journal
