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

void Lives::mount_folder(const Plan& plan) {
    disk_.format(plan.seed);
    disk_.faults = {};
    if (!plan.young_disk)
        disk_.restore(used_folder_);
}

// Lived once without a crash, by the first seed that has it, to know how long it is. What the checkers find they find
// again in the lives that follow.
const Extent& Lives::extent_of(std::uint64_t calm_life) {
    const auto [place, is_new] = extents_.try_emplace(calm_life);
    if (is_new) {
        const Plan plan = draw_plan(first_seed_of(calm_life));
        mount_folder(plan);
        const std::uint64_t before = disk_.operations();
        World world(plan, disk_, all_checkers(), nullptr);
        static_cast<void>(world.live());
        place->second = {world.steps(), disk_.operations() - before};
    }
    return place->second;
}

Outcome Lives::live(std::uint64_t seed, const Variant& variant, Story* story) {
    Outcome outcome;
    try {
        Plan plan = draw_plan(seed);
        if (plan.mode == Mode::crash_at_step)
            place_crash(extent_of(plan.calm_life), plan);
        apply(variant, plan);
        return live(std::move(plan), all_checkers(), story);
    } catch (const std::exception& problem) {
        outcome.failure = std::string("exception: ") + problem.what();
    }
    return outcome;
}

Outcome Lives::live(Plan plan, Checkers checkers, Story* story) {
    mount_folder(plan);
    World world(std::move(plan), disk_, std::move(checkers), story);
    Outcome outcome;
    outcome.failure = world.live();
    outcome.digest = world.digest();
    return outcome;
}

}  // namespace noodstop::sim
