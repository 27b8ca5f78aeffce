// One life from its seed: lived, told, and made shorter where it fails.
#pragma once

#include "tests/sim/disk/disk.hpp"
#include "tests/sim/plan.hpp"
#include "tests/sim/story.hpp"
#include "tests/sim/witness.hpp"

#include <map>
#include <string>

namespace noodstop::sim {

struct Outcome {
    std::string failure;       // "checker: sentence"; empty if there was none
    std::uint64_t digest = 0;  // of all that the agent decided and did
    bool failed() const { return !failure.empty(); }
    std::string checker() const { return failure.substr(0, failure.find(':')); }
};

// Lives one after the other on one disk in memory.
class Lives {
public:
    Lives();
    Outcome live(std::uint64_t seed, const Variant& variant = {}, Story* story = nullptr);
    Outcome live(Plan plan, Checkers checkers, Story* story = nullptr);

private:
    void mount_folder(const Plan& plan);
    const Extent& extent_of(std::uint64_t calm_life);

    Disk disk_;
    Image used_folder_;                        // a state folder that an agent has begun, which most lives find
    std::map<std::uint64_t, Extent> extents_;  // of calm lives, by number
};

// The fewest happenings and the shortest time with which the life still fails in the same way.
Variant shrink(Lives& lives, std::uint64_t seed, const Outcome& failed);

}  // namespace noodstop::sim
