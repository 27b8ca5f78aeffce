// What happens to the appliance: its process, its power, its clocks.
#include "tests/sim/world.hpp"

#include <algorithm>

namespace noodstop::sim {
namespace {

using std::chrono::hours;

}  // namespace

void World::happen_to_appliance(const Happening& happening, Random& random) {
    if (happening.what >= What::wall_jump)
        return happen_to_clocks(happening, random);
    if (!cycle_)
        return;
    if (happening.what == What::orderly_restart) {
        if (!frozen())
            orderly_stop();
    } else if (happening.what == What::process_frozen || happening.what == What::suspend) {
        freeze_until(std::max(frozen_until_, now() + happening.length));
        wake();
    } else {
        const bool power = happening.what == What::power_loss;
        const Duration down = Duration{random.between(500'000, power ? 9'000'000 : 3'000'000)};
        end_agent(power ? Ending::power_loss : Ending::process_death, down);
        if (power && random.chance(400))
            lose_time(random, happening.length);
    }
}

void World::happen_to_clocks(const Happening& happening, Random& random) {
    if (happening.what == What::time_unsynchronized) {
        clocks_.lose_synchronization();
        synchronize_in(happening.length);
    } else if (happening.what == What::clock_drifts) {
        // Disciplined clocks are slewed by half a thousandth at most; what nobody disciplines may do worse.
        const bool disciplined = random.chance(500);
        if (!disciplined)
            clocks_.lose_synchronization();
        const std::int64_t per_million = random.between(1, disciplined ? 500 : 20'000);
        clocks_.drift(now(), random.chance(500) ? per_million : -per_million);
        synchronize_in(happening.length);
    } else {
        clocks_.set(now(), machine_wall() + Duration{random.between(-3 * 86'400, 3 * 86'400)} * 1'000'000);
        // Whoever sets a clock ends its discipline; who disciplines it by a wrong one does not.
        if (random.chance(600)) {
            clocks_.lose_synchronization();
            synchronize_in(happening.length);
        }
        tell("  to " + core::to_text(machine_wall()));
    }
}

// A board without a battery begins where its firmware does, or where it was when somebody last saved the time.
void World::lose_time(Random& random, Duration length) {
    const core::WallTime begins = random.chance(400) ? core::WallTime{hours(random.between(0, 48))}
                                  : random.chance(700)
                                      ? true_wall() - Duration{random.between(1, 30 * 86'400)} * 1'000'000
                                      : true_wall() + Duration{random.between(1, 3 * 86'400)} * 1'000'000;
    clocks_.set(now(), begins);
    clocks_.lose_synchronization();
    tell("  the wall clock begins at " + core::to_text(machine_wall()));
    synchronize_in(length);
}

void World::synchronize_in(Duration time) {
    clockwork_.in(time, [this] {
        tell("(time is synchronized)");
        clocks_.synchronize();
    });
}

void World::freeze_until(Duration moment) {
    if (frozen())
        freezes_.back().second = std::max(moment, now());
    else if (moment > now())
        freezes_.emplace_back(now(), moment);
    frozen_until_ = moment;
}

}  // namespace noodstop::sim
