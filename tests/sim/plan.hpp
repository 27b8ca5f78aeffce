// What will happen in one life, drawn whole from its seed before the life begins, so that leaving one happening out
// changes nothing about the others: that is what makes a failing life shrinkable.
#pragma once

#include "agent/core/policy.hpp"
#include "tests/sim/cloud.hpp"
#include "tests/sim/disk/disk.hpp"

#include <set>
#include <vector>

namespace noodstop::sim {

enum class Mode : std::uint8_t {
    crash_at_step,  // a calm life with one attack, and one crash at one step or one operation of the disk
    random,         // some of everything, then quiet
    swarm           // the seed draws which kinds of fault exist at all, and those come often
};

enum class What : std::uint8_t {
    // of the machines
    start_one,
    attack,   // many at once
    decoys,   // a flood of small ones that hides what costs
    imitate,  // starts machines under names that baseline selectors match
    stop_by_itself,
    grow_dear,  // a machine changes its make
    move_region,
    flood_kinds,  // waves of small ones, each in a region of its own, so that no list of kinds stays short
    take_name,    // another machine under the name of one that is gone
    counter_restarts,
    // of a cloud, for a while
    look_absent,
    look_silent,
    look_partial,
    look_hides,
    look_doubled,
    look_stale,
    look_unreadable,
    look_slow,
    rights_revoked,
    orders_slow,
    orders_hit_another,
    // of the appliance
    process_death,
    power_loss,
    orderly_restart,
    process_frozen,  // for some polls
    suspend,         // for hours
    wall_jump,
    time_unsynchronized,
    clock_drifts,
    // of its disk
    disk_error,
    disk_full,
    disk_read_only,
    disk_slow,
    disk_hangs,
    operation_fails,
    cut_in_operation,
    file_damaged,
    database_lost,
    latches_lost,
    old_snapshot,
    // of people
    order_trip,
    order_reset,
    order_raise,
    order_disarm,
    order_arm,
    order_observe,
    order_acknowledge,
    order_restore,
    rehearse,
    late_bill,
    flood_orders,  // from somebody who may order nothing
    // of the configuration file
    reload_same,
    reload_tighter,
    reload_looser,
    reload_prices,
    reload_modes,
    reload_without_zone,
    reload_mandate
};
inline constexpr std::size_t what_count = static_cast<std::size_t>(What::reload_mandate) + 1;
const char* to_text(What what);
const char* to_text(Mode mode);

struct Happening {
    Duration at{0};
    What what = What::start_one;
    std::size_t cloud = 0;
    Duration length{0};      // of what lasts
    std::uint64_t draw = 0;  // seed of everything else about it
};

// How much there is to crash in: of a calm life that nothing interrupted.
struct Extent {
    std::uint64_t steps = 0;       // turns and actions of the agent
    std::uint64_t operations = 0;  // of the disk
};

struct Plan {
    std::uint64_t seed = 0;
    Mode mode = Mode::random;
    core::Policy policy;
    std::vector<Prices> prices;                  // by cloud, in the order of the policy's providers
    std::vector<std::vector<Machine>> machines;  // that run at the start, by cloud
    std::vector<Happening> happenings;           // in order of time
    Duration poll_interval{0};                   // the longest
    Duration attack_headroom{0};
    Duration quiet_at{0};  // then everything works again and nobody attacks
    Duration end_at{0};
    bool is_cut_short = false;  // ends in the middle of something: nothing need have come to rest
    core::WallTime wall_at_start;
    CutFaults cut;
    bool disk_lies = false;
    bool young_disk = false;             // the state folder is not there yet
    Duration without_time_for{0};        // at the first start; 0: it is right and synchronized
    std::uint64_t calm_life = 0;         // which of the calm lives it is, each lived with many crashes
    std::uint64_t crash_turn = 0;        // how many seeds have had a crash in this calm life before
    std::uint64_t crash_at_step = 0;     // 0: none; counts turns and actions of the agent
    std::uint64_t cut_at_operation = 0;  // 0: none; counts operations of the disk
    bool crash_takes_power = false;
    bool compared = false;  // with another life of the same seed: what the disk draws is drawn apart
    bool followed = false;  // by a hub and exporters that do whatever they like (world_channel.cpp)
    bool has(What what) const;
};

// What a person may leave out to see whether a life still fails.
struct Variant {
    std::set<std::size_t> without;   // happenings, by place
    std::optional<Duration> end_at;  // ends earlier, and is not asked whether it has come to rest
};

// A calm life's crash is not in it yet: where there is something to crash in is known when the life has been lived.
Plan draw_plan(std::uint64_t seed);
std::uint64_t first_seed_of(std::uint64_t calm_life);
void place_crash(const Extent& extent, Plan& plan);
void apply(const Variant& variant, Plan& plan);

// A machine as the plan's kinds of happenings start them. `name` decides its class by the policy drawn.
Machine draw_machine(Random& random, std::string name, Make make, Duration poll_interval, bool disobeys);

}  // namespace noodstop::sim
