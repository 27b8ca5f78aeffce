// What a seed draws before its life begins: which kinds of faults this life knows at all, and when they happen.
#pragma once

#include "tests/sim/clockwork.hpp"
#include "tests/sim/disk/stored_file.hpp"
#include "tests/sim/random.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace noodstop::sim {

enum class What : std::uint8_t {
    agent_killed,
    agent_power_lost,
    agent_cut_at_operation,
    agent_disk_full,
    agent_disk_dead,
    agent_operation_fails,
    agent_backed_up,
    agent_restored,
    agent_database_lost,
    doors_restarted,
    hub_killed,
    hub_power_lost,
    hub_cut_at_operation,
    hub_disk_full,
    hub_operation_fails,
    hub_backed_up,
    hub_restored,
    hub_database_lost,
    hub_away,
    hub_slow,
    hub_busy,
    hub_lies,
    network_cut,
    network_lossy,
    network_repeats,
};
inline constexpr int what_count = static_cast<int>(What::network_repeats) + 1;
const char* to_text(What what);

struct Happening {
    Duration at{0};
    What what = What::agent_killed;
    Duration length{0};
    std::uint64_t number = 0;  // the n-th operation
};

struct Plan {
    explicit Plan(std::uint64_t seed);
    // A hub that lies, or an agent that is put back to an earlier moment.
    bool takes_back() const;

    std::vector<Happening> happenings;  // in time
    Duration quiet_at{0};
    Duration sample_interval{0};
    std::uint64_t spool_bytes_max = 0;
    bool agent_disk_lies = false;  // a sync does nothing: a power loss takes what was promised
    bool hub_disk_lies = false;
    CutFaults agent_cut;  // what a power loss takes of what was not synced
    CutFaults hub_cut;
};

}  // namespace noodstop::sim
