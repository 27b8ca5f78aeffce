// When the window of a limit that is open now began, by the world's calendar, and what it covers.
#pragma once

#include "tests/sim/check/rules.hpp"
#include "tests/sim/world.hpp"

#include <set>

namespace noodstop::sim {

// Buckets and turns make an edge blurred: `late` when less may be in the window, `early` when more may be.
enum class Edge : std::uint8_t { early, late };

inline Duration window_begins(const World& world, const core::Limit& limit, Edge edge) {
    constexpr Duration day = std::chrono::hours(24);
    // A turn opens the new window; until then the old one stays.
    const Duration slack =
        edge == Edge::early ? world.plan().poll_interval * 2 + std::chrono::seconds(70) : Duration{0};
    switch (limit.window) {
        case core::WindowKind::rolling: {
            const Duration bucket = std::max<Duration>(std::chrono::seconds(1), limit.window_length / 120);
            return world.now() - limit.window_length - (edge == Edge::early ? bucket + slack : Duration{0});
        }
        case core::WindowKind::day:
        case core::WindowKind::month: {
            const Duration length = limit.window == core::WindowKind::day ? day : day * 30;
            const Duration wall = world.true_wall().since_epoch;
            const Duration into = wall - wall / length * length;
            if (edge == Edge::late)
                return world.window_time().in_window_since(world.true_wall() - into) - world.plan().wall_at_start;
            const Duration began = world.now() - into - world.window_time().opens_early();
            return into < slack ? began - length : began;
        }
    }
    return Duration{0};
}

inline std::set<std::string> clouds_of(const World& world, const core::Limit& limit) {
    std::set<std::string> clouds;
    for (const core::ZonePolicy& zone : world.configuration().zones)
        if (covers(limit, zone))
            for (const core::ProviderName& provider : zone.providers)
                clouds.insert(provider.text);
    return clouds;
}

// By any time that the agent may believe.
inline bool is_surely_in_force(const World& world, core::WallTime from, core::WallTime until) {
    constexpr Duration slack = std::chrono::seconds(1);
    const WindowTime& time = world.window_time();
    return world.true_wall() + time.earliest() >= from && world.true_wall() + time.latest() + slack < until;
}

// By the rules, from the order to the observed stop: poll interval and every lever's deadline.
inline Duration reaction_of(const World& world) {
    Duration reaction = world.plan().poll_interval;
    for (const core::LeverRule& rule : world.plan().policy.runbooks.front().stop)
        reaction += rule.deadline;
    return reaction;
}

}  // namespace noodstop::sim
