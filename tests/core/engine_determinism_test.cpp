// The whole engine: the same inputs give the same effects, and floods are summarized (DESIGN.md 3, 4.10).
#include "tests/core/engine_rigs.hpp"

#include <doctest/doctest.h>

#include <random>

using namespace noodstop::core;
using namespace noodstop::tests;

namespace {

// A random life: looks, silence, answers, orders and reloads. All that was said, as one text.
std::string random_life(std::uint64_t seed) {
    std::mt19937_64 random(seed);
    Policy policy = limited({spend_limit("daily", 20), count_limit("machines", 6)});
    policy.limits[1].hold = 4;
    EngineRig rig(policy);
    std::string said;
    const auto tell = [&said](const Effects& effects) {
        for (const Fact& fact : effects.facts)
            said += to_text(fact) + "\n";
        for (const StepOrder& step : effects.steps)
            said += std::to_string(step.id.number) + to_text(step.lever) + step.resource.text + "\n";
        for (const auto& [key, piece] : effects.state)
            said += key + piece;
    };
    tell(rig.tick());
    rig.rehearse();
    for (int count = 0; count < 400; ++count) {
        rig.pass(Duration(random() % 3'000'000));
        std::vector<Reading> seen;
        for (char name = 'a'; name < 'i'; ++name)
            if (random() % 2 == 0)
                seen.push_back(machine(std::string(1, name), static_cast<Activity>(random() % 5)));
        switch (random() % 8) {
            case 0:
                tell(rig.absent_look());
                break;
            case 1:
                tell(rig.observe(std::string(1, static_cast<char>('a' + random() % 8)), Observed::gone));
                break;
            case 2:
                tell(rig.step(
                    OrderInput{1, {static_cast<OrderKind>(random() % 8), {"dev"}, {}, {}, {{"uid:0"}}, "why"}}));
                break;
            case 3:
                policy.limits[0].stop = 10'000'000 + static_cast<std::int64_t>(random() % 20'000'000);
                tell(rig.step(PolicyChange{policy}));
                break;
            default:
                tell(rig.look(seen));
        }
        said += std::to_string(rig.engine().digest()) + "\n";
    }
    return said;
}

}  // namespace

TEST_CASE("the same inputs give the same effects and digests, bit for bit") {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        CAPTURE(seed);
        const std::string once = random_life(seed);
        CHECK(once == random_life(seed));
        CHECK(once.find("tripped") != std::string::npos);
    }
}

TEST_CASE("a flood of one kind of facts is summarized, and no step is") {
    Policy policy = limited({count_limit("machines", 1)});
    EngineRig rig(policy);
    std::vector<Reading> many;
    for (int number = 1000; number < 1500; ++number)
        many.push_back(machine(std::to_string(number)));
    rig.begin(many);
    CHECK(rig.count(FactKind::resource_appeared) == 60);
    CHECK(rig.count(FactKind::step_intended) == 500);
    CHECK(rig.steps.size() == 500);
    rig.pass(1min);
    rig.tick();
    CHECK(rig.count(FactKind::facts_summarized) >= 1);
}
