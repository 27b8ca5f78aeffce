// A small hand-made Policy and an engine on a clock of its own, for tests of the core.
#pragma once

#include "agent/core/engine.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace noodstop::tests {

using namespace std::chrono_literals;

inline constexpr core::WallTime noon{std::chrono::hours(24 * 20'000 + 12)};  // of some day

inline core::HourlyRate per_hour(std::int64_t whole) {
    return {whole * 1'000'000};
}

inline core::Price price_of(core::Metric metric, core::HourlyRate rate, std::string sku = "*") {
    return {.sku = std::move(sku), .region = "*", .family = "", .metric = metric, .rate = rate, .free = false};
}

// Machines at 60 an hour (one a minute), vCPU time at 36 an hour (0.01 a second), memory at 1 per GiB and hour.
inline core::PriceList small_prices() {
    core::PriceList list;
    list.name = {"own"};
    list.currency = "EUR";
    list.as_of = noon;
    list.unknown_price = per_hour(100);
    list.prices = {price_of(core::Metric::running, per_hour(60), "vm"), price_of(core::Metric::cpu, per_hour(36)),
                   price_of(core::Metric::memory, per_hour(1))};
    return list;
}

inline core::ProviderPolicy provider_policy(const std::string& name) {
    core::ProviderPolicy provider;
    provider.name = {name};
    provider.settings = core::CgroupSettings{"/" + name};
    provider.price_list = {"own"};
    provider.blind_rate = per_hour(600);
    return provider;
}

inline core::Limit spend_limit(const std::string& name, std::int64_t stop_units) {
    core::Limit limit;
    limit.name = {name};
    limit.zone = core::ZoneName{"dev"};
    limit.stop = stop_units * 1'000'000;
    limit.window = core::WindowKind::rolling;
    limit.window_length = 24h;
    return limit;
}

inline core::Limit count_limit(const std::string& name, std::int64_t stop) {
    core::Limit limit;
    limit.name = {name};
    limit.kind = core::LimitKind::count;
    limit.zone = core::ZoneName{"dev"};
    limit.stop = stop;
    return limit;
}

inline core::Mandate full_mandate(const std::string& id, std::vector<core::ZoneName> scope,
                                  const std::vector<std::string>& providers) {
    core::Mandate mandate;
    mandate.id = {id};
    mandate.tenant = {"acme"};
    mandate.scope = std::move(scope);
    mandate.owner = "the owner";
    mandate.valid_from = noon - 24h;
    mandate.valid_until = noon + 24h * 365;
    for (const std::string& provider : providers)
        mandate.grants.push_back({{provider}, {core::Lever::power_off, core::Lever::shut_down, core::Lever::suspend}});
    return mandate;
}

inline core::ZonePolicy zone_policy(const std::string& name, const std::string& provider) {
    core::ZonePolicy zone;
    zone.name = {name};
    zone.tenant = {"acme"};
    zone.providers = {{provider}};
    zone.runbook = {"kill"};
    zone.mandate = {"m1"};
    zone.mode = core::ZoneMode::armed;
    zone.calm = 3;
    return zone;
}

// One tenant, one zone "dev" over the provider "lab", armed as soon as it is rehearsed; no limit yet.
inline core::Policy small_policy() {
    core::Policy policy;
    policy.agent.name = "test";
    policy.price_lists = {small_prices()};
    policy.providers = {provider_policy("lab")};
    policy.tenants = {{{"acme"}, "EUR"}};
    policy.zones = {zone_policy("dev", "lab")};
    core::Runbook runbook;
    runbook.name = {"kill"};
    runbook.stop = {{core::Lever::shut_down, 2s}, {core::Lever::power_off, 3s}};
    runbook.hold = {{core::Lever::suspend, 1s}};
    policy.runbooks = {runbook};
    policy.mandates = {full_mandate("m1", {{"dev"}}, {"lab"})};
    return policy;
}

inline core::Reading machine(const std::string& id, core::Activity activity = core::Activity::running) {
    core::Reading reading;
    reading.id = {id};
    reading.sku = "vm";
    reading.kind = "vm";
    reading.region = "west";
    reading.activity = activity;
    reading.vcpus = 4;
    return reading;
}

inline std::vector<core::Reading> machines(const std::vector<std::string>& ids) {
    std::vector<core::Reading> readings;
    for (const std::string& id : ids)
        readings.push_back(machine(id));
    return readings;
}

// An engine, the clock that it reads and everything it has said so far.
class EngineRig {
public:
    explicit EngineRig(core::Policy policy, core::Recovered recovered = {})
        : engine_(std::move(policy), std::move(recovered)) {
        clock.boot_id = "boot-1";
        clock.since_boot = 100s;
        clock.wall = noon;
        clock.synchronized = true;
    }

    core::Effects step(const core::Input& input) { return step(std::span(&input, 1)); }
    core::Effects step(std::span<const core::Input> inputs) {
        core::Effects effects = engine_.step(inputs, clock);
        facts.insert(facts.end(), effects.facts.begin(), effects.facts.end());
        steps.insert(steps.end(), effects.steps.begin(), effects.steps.end());
        for (const auto& [key, piece] : effects.state)
            durable.state[key] = piece;
        if (effects.wants_checkpoint)
            durable.state = engine_.save();
        for (const core::Latch& latch : effects.latches)
            keep(latch);
        return effects;
    }
    core::Effects tick() { return step(core::Tick{}); }
    void pass(core::Duration time) { clock.since_boot += time, clock.wall = clock.wall + time; }
    core::Effects look(std::vector<core::Reading> readings, const std::string& provider = "lab") {
        tick();
        return step(good_look(std::move(readings), provider));
    }
    core::Look good_look(std::vector<core::Reading> readings, const std::string& provider = "lab") const {
        core::Look look;
        look.provider = {provider};
        look.quality = core::LookQuality::good;
        look.taken_at = engine_.now();
        look.readings = std::move(readings);
        return look;
    }
    core::Effects absent_look(const std::string& provider = "lab") {
        core::Look look;
        look.provider = {provider};
        look.problem = "no answer";
        return step(look);
    }
    // A good look every second, for `seconds`.
    void watch(const std::vector<core::Reading>& readings, int seconds, const std::string& provider = "lab") {
        for (int second = 0; second < seconds; ++second) {
            pass(1s);
            look(readings, provider);
        }
    }
    void rehearse(core::RehearsalAnswer answer = core::RehearsalAnswer::ready, const std::string& provider = "lab") {
        core::Rehearsal rehearsal{{provider}, {}};
        for (const core::Lever lever : {core::Lever::power_off, core::Lever::shut_down, core::Lever::suspend})
            rehearsal.lines.push_back({lever, answer, ""});
        step(rehearsal);
    }
    // Starts, rehearses, and sees these resources once.
    void begin(const std::vector<core::Reading>& readings) {
        tick();
        rehearse();
        pass(1s);
        look(readings);
    }
    core::Effects observe(const std::string& id, core::Observed observed, const std::string& provider = "lab") {
        return step(core::Observation{{provider}, {id}, observed, ""});
    }
    core::OrderAnswer order(core::OrderKind kind, const std::string& zone = "dev", const core::LimitName& limit = {},
                            std::optional<core::Money> raise_to = std::nullopt,
                            std::vector<core::Identity> given_by = {{"uid:0"}}) {
        core::OrderInput input{++requests_, {kind, {zone}, limit, raise_to, std::move(given_by), "a test"}};
        return step(input).replies.at(0).answer;
    }

    core::ZoneStatus zone(std::size_t place = 0) const { return engine_.snapshot().zones.at(place); }
    core::LimitStatus limit(std::size_t place = 0) const { return engine_.snapshot().limits.at(place); }
    std::size_t count(core::FactKind kind) const {
        return static_cast<std::size_t>(
            std::count_if(facts.begin(), facts.end(), [kind](const core::Fact& fact) { return fact.kind == kind; }));
    }
    // "resource lever" of every step so far, in order.
    std::vector<std::string> ordered() const {
        std::vector<std::string> texts;
        for (const core::StepOrder& step : steps)
            texts.push_back(step.resource.text + " " + core::to_text(step.lever));
        return texts;
    }
    core::Engine& engine() { return engine_; }
    const core::Engine& engine() const { return engine_; }

    core::ClockReading clock;
    std::vector<core::Fact> facts;
    std::vector<core::StepOrder> steps;
    core::Recovered durable;  // what a store would hold

private:
    void keep(const core::Latch& latch) {
        std::erase_if(durable.latches, [&latch](const core::Latch& old) { return old.zone == latch.zone; });
        durable.latches.push_back(latch);
    }

    core::Engine engine_;
    std::uint64_t requests_ = 0;
};

}  // namespace noodstop::tests
