#include "tests/fuzz/engine_images.hpp"

namespace noodstop::fuzz {
namespace {

using namespace tests;

core::Limit rate_limit() {
    core::Limit limit = spend_limit("burn", 0);
    limit.kind = core::LimitKind::rate;
    limit.warn = 100'000'000;
    limit.stop = 1'000'000'000;
    limit.confirm = 2;
    return limit;
}

core::Limit allow_limit() {
    core::Limit limit;
    limit.name = {"kinds"};
    limit.kind = core::LimitKind::allow;
    limit.zone = core::ZoneName{"prod"};
    limit.kinds = {"vm"};
    limit.allow_stage = core::Stage::hold;
    return limit;
}

core::Policy policy_with_two_zones() {
    core::Policy policy = small_policy();
    policy.providers.push_back(provider_policy("rack"));
    policy.zones.push_back(zone_policy("prod", "rack"));
    policy.mandates = {full_mandate("m1", {{"dev"}, {"prod"}}, {"lab", "rack"})};
    policy.mandates[0].baseline = {{{"lab"}, "worker-", false, 2, std::nullopt}};
    core::Limit machines = count_limit("machines", 4);
    machines.hold = 3;
    core::Limit monthly = spend_limit("monthly", 900);
    monthly.zone.reset();
    monthly.tenant = core::TenantName{"acme"};
    monthly.window = core::WindowKind::month;
    policy.limits = {spend_limit("daily", 500), rate_limit(), machines, allow_limit(), monthly};
    return policy;
}

Image image_of(EngineRig& rig, const core::Policy& policy) {
    core::Recovered found = rig.durable;
    found.state = rig.engine().save();
    found.last_sequence = 100;
    const core::BreakerState state = rig.zone().state;
    const bool is_closed = state == core::BreakerState::tripped || state == core::BreakerState::latched;
    return {policy, std::move(found), rig.clock, is_closed};
}

core::Reading working(const std::string& id, std::int64_t cpu) {
    core::Reading reading = machine(id);
    reading.measures = {{core::Metric::cpu, cpu, true}, {core::Metric::memory, 1 << 30, true}};
    return reading;
}

std::vector<Image> live() {
    const core::Policy policy = policy_with_two_zones();
    std::vector<Image> images;
    EngineRig rig(policy);
    const auto keep = [&] { images.push_back(image_of(rig, policy)); };
    rig.begin({working("worker-1", 0)});
    rig.rehearse(core::RehearsalAnswer::ready, "rack");
    keep();
    rig.watch({working("worker-1", 5'000'000), working("b", 100)}, 5);
    rig.look(machines({"x"}), "rack");
    keep();
    rig.watch({working("worker-1", 9'000'000), working("b", 900), working("c", 10)}, 2);
    keep();
    rig.watch({working("b", 900), working("c", 10), working("d", 1), working("e", 1)}, 1);
    rig.pass(100ms);
    rig.observe("d", core::Observed::running);
    keep();
    for (const char* id : {"b", "c", "d", "e"})
        rig.observe(id, core::Observed::gone);
    rig.pass(1s);
    rig.look(machines({}));
    rig.tick();
    keep();
    rig.pass(10min);
    rig.absent_look("rack");
    rig.tick();
    keep();
    return images;
}

}  // namespace

const std::vector<Image>& images() {
    static const std::vector<Image> images = live();
    return images;
}

}  // namespace noodstop::fuzz
