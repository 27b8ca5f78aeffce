// Draws the policy of one life: small, but with every kind of rule in it sooner or later.
#pragma once

#include "agent/core/clock_reading.hpp"
#include "tests/sim/plan.hpp"

namespace noodstop::sim {

// Sets policy, prices, poll_interval and attack_headroom of the plan.
void draw_policy(Random& random, bool calm, Plan& plan);

// Day of the calendar on which lives begin, a first of a month by the simulation's calendar of 30-day months.
inline constexpr std::int64_t first_day = 20'010;

core::Calendar calendar_around(core::WallTime wall);

// A price list as the clouds' true prices are.
core::PriceList price_list(const std::string& name, const Prices& prices, core::WallTime as_of);

}  // namespace noodstop::sim
