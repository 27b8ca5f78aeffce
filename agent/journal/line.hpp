// The line of an agent's history (core/uplink.hpp): which epoch each number of a lane belongs to. Pure.
//
// Epochs lie one after the other in both lanes; an epoch ends where the next one begins. The last is the present
// process's own and grows.
#pragma once

#include "agent/core/uplink.hpp"

#include <cstddef>
#include <optional>
#include <vector>

namespace noodstop::journal {

// Of so many epochs is known where they begin; of the oldest it is forgotten. More starts than this while nobody takes
// what is spooled make a gap.
inline constexpr std::size_t epochs_max = 4'096;

struct EpochBegin {
    std::uint64_t id = 0;  // random, below 2^63; 0: what was recorded before there were epochs
    std::uint64_t first_fact = 1;
    std::uint64_t first_sample = 1;
    // The counters that this epoch began with are those that the one before it ended with. False where the database
    // between them was lost or damaged: then totals are told anew.
    bool continues = true;
    bool operator==(const EpochBegin&) const = default;
};

class Line {
public:
    // One under which nothing was recorded makes room for the next.
    void begin(EpochBegin epoch);

    bool empty() const { return epochs_.empty(); }
    const EpochBegin& present() const { return epochs_.back(); }
    const std::vector<EpochBegin>& epochs() const { return epochs_; }

    // None: the number lies before all epochs that are known (as 0 does).
    std::optional<core::Position> position(core::Lane lane, std::uint64_t sequence) const;
    // The last number that belongs to the epoch of this one; the highest there is for the present epoch.
    std::uint64_t end_of_epoch(core::Lane lane, std::uint64_t sequence) const;
    std::uint64_t first_known(core::Lane lane) const;

    // Is this a position of our own past, or of another line? Of samples, what lies before a break is another line.
    bool holds(core::Lane lane, const core::Position& position) const;

private:
    std::vector<EpochBegin> epochs_;  // in the order of their numbers
};

}  // namespace noodstop::journal
