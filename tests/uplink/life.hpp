// One life of an agent and its hub from a seed: faults as planned, then a quiet end, and what must be true then.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace noodstop::sim {

struct LifeOutcome {
    std::string failure;  // empty: all is as it must be
    std::uint64_t facts = 0;
    std::uint64_t digest = 0;
};

// `tell` gets the life as a story, line by line; may be empty.
LifeOutcome live_uplink(std::uint64_t seed, const std::function<void(const std::string&)>& tell);

}  // namespace noodstop::sim
