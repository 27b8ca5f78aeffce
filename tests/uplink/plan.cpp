#include "tests/uplink/plan.hpp"

#include <algorithm>

namespace noodstop::sim {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

Duration draw_length(What what, Random& random) {
    switch (what) {
        case What::hub_away:
            return random.chance(200) ? minutes(random.between(20, 90)) : seconds(random.between(5, 600));
        case What::agent_disk_full:
        case What::hub_disk_full:
        case What::agent_disk_dead:
            return seconds(random.between(5, 240));
        case What::hub_slow:
        case What::hub_busy:
        case What::hub_lies:
        case What::network_lossy:
        case What::network_repeats:
            return seconds(random.between(20, 600));
        case What::network_cut:
            return seconds(random.between(1, 120));
        case What::agent_killed:
        case What::agent_power_lost:
        case What::agent_cut_at_operation:
        case What::agent_operation_fails:
        case What::agent_backed_up:
        case What::agent_restored:
        case What::agent_database_lost:
        case What::doors_restarted:
        case What::hub_killed:
        case What::hub_power_lost:
        case What::hub_cut_at_operation:
        case What::hub_operation_fails:
        case What::hub_backed_up:
        case What::hub_restored:
        case What::hub_database_lost:
            break;
    }
    return seconds(random.between(1, 60));
}

CutFaults draw_cut(Random& random) {
    return {.lost = static_cast<unsigned>(random.below(600)),
            .partly = static_cast<unsigned>(random.below(200)),
            .torn = static_cast<unsigned>(random.below(200)),
            .garbage = static_cast<unsigned>(random.chance(300) ? random.below(100) : 0),
            .in_order = random.chance(300),
            .names_lost = static_cast<unsigned>(random.below(600)),
            .names_in_any_order = random.chance(300)};
}

bool is_restoring(What what) {
    return what == What::agent_restored || what == What::agent_database_lost || what == What::hub_restored ||
           what == What::hub_database_lost;
}

}  // namespace

const char* to_text(What what) {
    static constexpr const char* names[] = {"agent killed",
                                            "agent power lost",
                                            "agent cut at operation",
                                            "agent disk full",
                                            "agent disk dead",
                                            "agent operation fails",
                                            "agent backed up",
                                            "agent restored",
                                            "agent database lost",
                                            "doors restarted",
                                            "hub killed",
                                            "hub power lost",
                                            "hub cut at operation",
                                            "hub disk full",
                                            "hub operation fails",
                                            "hub backed up",
                                            "hub restored",
                                            "hub database lost",
                                            "hub away",
                                            "hub slow",
                                            "hub busy",
                                            "hub lies",
                                            "network cut",
                                            "network lossy",
                                            "network repeats"};
    static_assert(std::size(names) == what_count);
    return names[static_cast<int>(what)];
}

// A life knows few kinds of faults or many; what restores is rarer than what kills.
Plan::Plan(std::uint64_t seed) {
    Random random(seed * 3 + 1);
    quiet_at = minutes(random.between(8, 40));
    sample_interval = seconds(random.between(5, 90));
    spool_bytes_max = random.chance(400) ? std::uint64_t{384} << 10 : std::uint64_t{64} << 20;
    agent_disk_lies = random.chance(80);
    hub_disk_lies = random.chance(80);
    const std::int64_t kinds = random.between(1, random.chance(500) ? 4 : what_count);
    std::vector<What> known;
    for (std::int64_t kind = 0; kind < kinds; ++kind)
        known.push_back(static_cast<What>(random.below(what_count)));
    for (std::int64_t count = random.between(0, 14); count > 0; --count) {
        Happening happening;
        happening.what = random.pick(known);
        if (is_restoring(happening.what) && random.chance(500))
            continue;
        happening.at = seconds(random.between(5, quiet_at.count() / 1'000'000));
        happening.length = draw_length(happening.what, random);
        happening.number = 1 + random.below(random.chance(500) ? 60 : 1'500);
        happenings.push_back(happening);
        // A backup is worth something when it is restored, one some time after the other.
        if (happening.what == What::agent_backed_up || happening.what == What::hub_backed_up) {
            happening.what = happening.what == What::agent_backed_up ? What::agent_restored : What::hub_restored;
            happening.at += seconds(random.between(5, 600));
            happenings.push_back(happening);
        }
    }
    std::stable_sort(happenings.begin(), happenings.end(),
                     [](const Happening& left, const Happening& right) { return left.at < right.at; });
    while (!happenings.empty() && happenings.back().at >= quiet_at)
        happenings.pop_back();
    agent_cut = draw_cut(random);
    hub_cut = draw_cut(random);
}

bool Plan::takes_back() const {
    return std::any_of(happenings.begin(), happenings.end(), [](const Happening& happening) {
        return happening.what == What::hub_lies || happening.what == What::agent_restored ||
               happening.what == What::agent_database_lost;
    });
}

}  // namespace noodstop::sim
