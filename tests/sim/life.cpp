#include "tests/sim/life.hpp"

#include "agent/journal/store.hpp"
#include "tests/sim/world.hpp"

#include <stdexcept>

namespace noodstop::sim {

Lives::Lives() {
    Disk::mount(&disk_);
    disk_.format(0);
    disk_.power_on();
    {
        const auto opened = journal::Store::open("/state");
        if (!opened)
            throw std::runtime_error("the simulated disk does not take a store: " + opened.error().message);
    }
    used_folder_ = disk_.image();
}

Outcome Lives::live(std::uint64_t seed, const Variant& variant, Story* story) {
    Plan plan = draw_plan(seed);
    apply(variant, plan);
    disk_.format(seed);
    disk_.faults = {};
    if (!plan.young_disk)
        disk_.restore(used_folder_);
    World world(std::move(plan), disk_, all_checkers(), story);
    Outcome outcome;
    try {
        outcome.failure = world.live();
    } catch (const std::exception& problem) {
        outcome.failure = std::string("exception: ") + problem.what();
    }
    outcome.digest = world.digest();
    return outcome;
}

}  // namespace noodstop::sim
