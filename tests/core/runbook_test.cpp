// From order to what is observed (DESIGN.md 3, 5).
#include "agent/core/runbook.hpp"

#include "tests/support/policy_builder.hpp"

#include <doctest/doctest.h>

using namespace noodstop::core;
using namespace noodstop::tests;

namespace {

class Scene {
public:
    explicit Scene(ResourceClass class_ = ResourceClass::unknown, Purpose purpose = Purpose::stop) {
        target.provider = {"lab"};
        target.resource = {"a"};
        target.class_ = class_;
        target.purpose = purpose;
    }
    bool drive_at(Duration at) {
        now = Instant{at};
        effects = {};
        RunbookScene here = scene();
        return drive(here, target);
    }
    void report(bool accepted) {
        RunbookScene here = scene();
        take_report(here, target, {target.step, accepted, accepted ? "" : "busy"});
    }
    bool observe(Observed observed) {
        RunbookScene here = scene();
        return take_observation(here, target, {{"lab"}, {"a"}, observed, ""});
    }
    std::string lever() const { return effects.steps.empty() ? "none" : to_text(effects.steps.at(0).lever); }
    std::size_t count(FactKind kind) {
        for (Fact& fact : facts.take())
            told.push_back(fact.kind);
        return static_cast<std::size_t>(std::count(told.begin(), told.end(), kind));
    }

    ZoneName zone{"dev"};
    TenantName tenant{"acme"};
    Runbook rules = small_policy().runbooks[0];
    Mandate mandate = full_mandate("m1", {{"dev"}}, {"lab"});
    Instant now;
    FactLog facts;
    std::vector<FactKind> told;
    Effects effects;
    std::uint64_t last_step = 0;
    std::deque<Instant> baseline_stops;
    Target target;

private:
    RunbookScene scene() {
        return {zone, tenant, rules, &mandate, now, noon, facts, effects, last_step, baseline_stops};
    }
};

}  // namespace

TEST_CASE("the first lever is ordered at once and the target is observed at growing intervals") {
    Scene scene;
    CHECK(scene.drive_at(0s));
    CHECK(scene.lever() == "shut_down");
    scene.drive_at(4ms);
    CHECK(scene.effects.observations.empty());
    scene.drive_at(5ms);
    CHECK(scene.effects.observations.size() == 1);
    scene.drive_at(10ms);
    CHECK(scene.effects.observations.empty());
    scene.drive_at(15ms);
    CHECK(scene.effects.observations.size() == 1);
}

TEST_CASE("an accepted order is no success; only what is observed is") {
    Scene scene;
    scene.drive_at(0s);
    scene.report(true);
    CHECK(scene.target.phase == TargetPhase::ordered);
    CHECK_FALSE(scene.observe(Observed::running));
    CHECK_FALSE(scene.observe(Observed::frozen));
    CHECK_FALSE(scene.observe(Observed::unknown));
    CHECK(scene.observe(Observed::gone));
    CHECK(scene.count(FactKind::stop_observed) == 1);
}

TEST_CASE("a lever without an observed stop by its deadline is followed by the next") {
    Scene scene;
    scene.drive_at(0s);
    scene.drive_at(2s - 1us);
    CHECK(scene.lever() == "none");
    scene.drive_at(2s);
    CHECK(scene.lever() == "power_off");
    CHECK(scene.count(FactKind::step_late) == 1);
}

TEST_CASE("a refused order moves to the next lever at once") {
    Scene scene;
    scene.drive_at(0s);
    scene.report(false);
    scene.drive_at(1ms);
    CHECK(scene.lever() == "power_off");
    CHECK(scene.count(FactKind::step_failed) == 1);
}

TEST_CASE("the last lever is pulled again with back-off up to a maximum") {
    Scene scene;
    scene.rules.stop = {{Lever::power_off, 1s}};
    std::vector<Duration> waits;
    Duration ordered{0};
    scene.drive_at(0s);
    for (Duration at = 100ms; waits.size() < 9; at += 100ms) {
        scene.drive_at(at);
        if (scene.lever() == "none")
            continue;
        CHECK(scene.lever() == "power_off");
        waits.push_back(at - ordered - 1s);
        ordered = at;
    }
    CHECK(waits == std::vector<Duration>{500ms, 1s, 2s, 4s, 8s, 16s, 30s, 30s, 30s});
}

TEST_CASE("levers that the mandate doesn't grant are passed over and told once") {
    Scene scene;
    scene.mandate.grants[0].levers = {Lever::power_off};
    CHECK(scene.drive_at(0s));
    CHECK(scene.lever() == "power_off");
    CHECK(scene.count(FactKind::step_refused) == 1);
}

TEST_CASE("when every lever is refused the target waits and is tried again when authority comes back") {
    Scene scene;
    scene.mandate.grants.clear();
    CHECK_FALSE(scene.drive_at(0s));
    CHECK(scene.drive_at(1s));
    CHECK_FALSE(scene.drive_at(30s));
    CHECK(scene.count(FactKind::step_refused) == 2);
    scene.mandate = full_mandate("m1", {{"dev"}}, {"lab"});
    CHECK(scene.drive_at(60s));
    CHECK(scene.lever() == "shut_down");
}

TEST_CASE("the blast radius counts resources, not attempts, and frees with the hour") {
    Scene first(ResourceClass::baseline);
    first.mandate.baseline_may_be_shed = true;
    CHECK(first.drive_at(0s));
    CHECK(first.drive_at(2s));
    CHECK(first.lever() == "power_off");
    CHECK(first.baseline_stops.size() == 1);
    Scene second(ResourceClass::baseline);
    second.mandate = first.mandate;
    second.baseline_stops = first.baseline_stops;
    CHECK_FALSE(second.drive_at(59min));
    CHECK(second.drive_at(60min));
    CHECK(second.lever() == "shut_down");
    CHECK(second.baseline_stops.size() == 1);
}

TEST_CASE("a report of another step is ignored") {
    Scene scene;
    scene.drive_at(0s);
    scene.target.step = {99};
    scene.report(true);
    scene.target.step = {1};
    const Target before = scene.target;
    RunbookScene here{scene.zone, scene.tenant, scene.rules,   &scene.mandate,  scene.now,
                      noon,       scene.facts,  scene.effects, scene.last_step, scene.baseline_stops};
    take_report(here, scene.target, {{5}, false, "late news"});
    CHECK(to_bytes(scene.target) == to_bytes(before));
}

TEST_CASE("an order of before a restart is observed first") {
    Scene scene;
    scene.drive_at(0s);
    doubt(scene.target, Instant{1s});
    scene.drive_at(1s);
    CHECK(scene.lever() == "none");
    CHECK(scene.effects.observations.size() == 1);
    CHECK(scene.observe(Observed::gone));
}

TEST_CASE("what a restart finds still running is ordered again, and so is what can't be observed in time") {
    Scene running;
    running.drive_at(0s);
    doubt(running.target, Instant{1s});
    CHECK_FALSE(running.observe(Observed::running));
    running.drive_at(1s);
    CHECK(running.lever() == "shut_down");
    Scene unseen;
    unseen.drive_at(0s);
    doubt(unseen.target, Instant{1s});
    CHECK_FALSE(unseen.observe(Observed::unknown));
    unseen.drive_at(1500ms);
    CHECK(unseen.lever() == "none");
    unseen.drive_at(2s);
    CHECK(unseen.lever() == "shut_down");
}

TEST_CASE("each purpose is reached by what it wants to see") {
    const auto reached = [](Purpose purpose) {
        std::string text;
        for (const Observed observed : {Observed::gone, Observed::running, Observed::frozen, Observed::unknown})
            text += Scene(ResourceClass::unknown, purpose).observe(observed) ? '1' : '0';
        return text;
    };
    CHECK(reached(Purpose::stop) == "1000");
    CHECK(reached(Purpose::hold) == "1010");
    CHECK(reached(Purpose::resume) == "1100");
    CHECK(reached(Purpose::restore) == "0100");
}

TEST_CASE("a hold falls back on the levers of a stop") {
    Scene scene(ResourceClass::unknown, Purpose::hold);
    scene.drive_at(0s);
    CHECK(scene.lever() == "suspend");
    scene.drive_at(1s);
    CHECK(scene.lever() == "shut_down");
    scene.drive_at(3s);
    CHECK(scene.lever() == "power_off");
}

TEST_CASE("the next action is never later than the deadline") {
    Scene scene;
    scene.drive_at(0s);
    for (int count = 0; count < 1000 && next_action(scene.target) < Instant{2s}; ++count)
        scene.drive_at(next_action(scene.target).since_origin);
    CHECK(next_action(scene.target) == Instant{2s});
}
