// A life as a person reads it: a line for each thing that happened, with its time.
#pragma once

#include "agent/core/fact.hpp"
#include "agent/core/snapshot.hpp"

#include <string>
#include <vector>

namespace noodstop::sim {

// "status: dev armed blind, daily 3.20 of 5.00"
std::string status_line(const core::Snapshot& snapshot);

class Story {
public:
    void tell(core::Duration now, const std::string& sentence);
    const std::vector<std::string>& lines() const { return lines_; }

private:
    std::vector<std::string> lines_;
};

}  // namespace noodstop::sim
