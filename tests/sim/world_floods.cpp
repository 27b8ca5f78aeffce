// Attackers who aim at what is bounded: more of everything than any list may hold. What a life of tolerable cost can't
// fill is listed in README.md with the tests that hold it.
#include "tests/sim/world.hpp"

namespace noodstop::sim {

// Four waves are more kinds than are remembered unused beside those in use (64), and more newcomers in a minute than
// are told one by one (60). What one wave had started is gone when the next comes.
void World::flood_with_kinds(std::size_t index, int waves) {
    constexpr int of_a_wave = 30;
    if (waves == 0 || quiet_)
        return;
    for (const std::string& id : std::exchange(last_wave_, {}))
        clouds_[index].remove(now(), id);
    tell("(" + clouds_[index].name() + " gets machines of " + std::to_string(of_a_wave) + " new kinds)");
    for (int one = 0; one < of_a_wave; ++one) {
        Machine machine;
        machine.id = "flood-" + std::to_string(++mines_);
        machine.region = "r" + std::to_string(mines_);
        machine.make = one % 8 == 0 ? Make::odd : Make::small;
        last_wave_.push_back(machine.id);
        clouds_[index].add(now(), std::move(machine));
    }
    clockwork_.in(plan_.poll_interval + plan_.poll_interval / 8,
                  [this, index, waves] { flood_with_kinds(index, waves - 1); });
}

// All at once, so that the queue before the engine is full: of orders it must drop none.
void World::flood_with_orders(const core::ZoneName& zone, Random& random) {
    const std::int64_t count = random.chance(100) ? random.between(4'100, 4'300) : random.between(61, 200);
    tell("  " + std::to_string(count) + " orders that nobody signed");
    core::Order order;
    order.kind = random.chance(500) ? core::OrderKind::reset : core::OrderKind::disarm;
    order.zone = zone;
    order.reason = "flood";
    for (std::int64_t one = 0; one < count; ++one) {
        orders_[++last_request_] = order;
        cycle_->collect(core::OrderInput{last_request_, order});
    }
}

}  // namespace noodstop::sim
