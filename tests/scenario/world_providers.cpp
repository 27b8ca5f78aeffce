// What providers show of their things, and how these answer to orders.
#include "tests/scenario/world.hpp"

namespace noodstop::scenario {
namespace {

bool is_stop(core::Lever lever) {
    return lever == core::Lever::power_off || lever == core::Lever::shut_down;
}

}  // namespace

void World::advance(Duration time) {
    if (time <= Duration{0})
        return;
    boot_ += time;
    wall_ = wall_ + time;
    elapsed_ += time;
    for (auto& [name, place] : places_)
        for (auto& [id, thing] : place.things)
            if (thing.activity == core::Activity::running && thing.counts_cpu) {
                thing.cpu_micros += time.count() * thing.millicpus / 1000;
                place.total_cpu_micros += time.count() * thing.millicpus / 1000;
            }
}

core::Look World::make_look(const std::string& provider) const {
    const Place& place = places_.at(provider);
    core::Look look;
    look.provider = {provider};
    look.taken_at = engine_->now();
    if (!place.answers) {
        look.problem = place.silence;
        return look;
    }
    look.quality = place.shows_only.empty() ? core::LookQuality::good : core::LookQuality::partial;
    for (const auto& [id, thing] : place.things) {
        if (!place.shows_only.empty() && !place.shows_only.contains(id))
            continue;
        core::Reading reading;
        reading.id = {id};
        reading.sku = thing.sku;
        reading.region = thing.region;
        reading.kind = thing.kind;
        reading.family = thing.family;
        reading.activity = thing.activity;
        reading.created = thing.created;
        reading.vcpus = thing.vcpus;
        reading.gpus = thing.gpus;
        if (thing.counts_cpu)
            reading.measures.push_back({core::Metric::cpu, thing.cpu_micros, true});
        if (thing.memory_bytes || thing.hides_memory)
            reading.measures.push_back({core::Metric::memory, thing.memory_bytes.value_or(0), !thing.hides_memory});
        look.readings.push_back(std::move(reading));
    }
    if (place.lists_in_disorder) {
        const std::vector<core::Reading> backwards(look.readings.rbegin(), look.readings.rend());
        look.readings.insert(look.readings.end(), backwards.begin(), backwards.end());
    }
    if (place.has_total)
        look.totals.push_back({core::Metric::cpu, place.total_cpu_micros, !place.hides_total});
    return look;
}

Thing* World::find(const std::string& name) {
    for (auto& [provider, place] : places_)
        if (const auto thing = place.things.find(name); thing != place.things.end())
            return &thing->second;
    return nullptr;
}

Place& World::place(const std::string& provider) {
    return places_[provider];
}

void World::carry_out(const core::StepOrder& order) {
    core::StepReport report{order.id, true, {}};
    Place& place = places_[order.provider.text];
    const auto found = place.things.find(order.resource.text);
    if (!place.answers) {
        report = {order.id, false, place.silence};
    } else if (found != place.things.end()) {
        Thing& thing = found->second;
        if (!thing.fails_with.empty())
            report = {order.id, false, thing.fails_with};
        else if (order.lever == core::Lever::suspend && !thing.ignores.contains(order.lever))
            thing.activity = core::Activity::frozen;
        else if (order.lever == core::Lever::resume && thing.activity == core::Activity::frozen)
            thing.activity = core::Activity::running;
        else if (order.lever == core::Lever::start)
            thing.activity = core::Activity::running;
        else if (is_stop(order.lever) && !thing.ignores.contains(order.lever)) {
            const std::string provider = order.provider.text, id = order.resource.text;
            if (thing.takes == Duration{0})
                stop(provider, id);
            else
                later_.push_back({elapsed_ + thing.takes, [this, provider, id] { stop(provider, id); }});
        }
    }
    answer(place.reports_after, report);
}

void World::stop(const std::string& provider, const std::string& id) {
    Place& place = places_[provider];
    const auto found = place.things.find(id);
    if (found == place.things.end())
        return;
    Thing thing = found->second;
    if (thing.vanishes)
        place.things.erase(found);
    else
        found->second.activity = core::Activity::stopped;
    if (thing.returns_after == Duration{0})
        return;
    thing.activity = core::Activity::running;
    thing.cpu_micros = 0;
    later_.push_back({elapsed_ + thing.returns_after, [this, provider, id, thing] {
                          places_[provider].things[id] = thing;
                          say("(" + id + " was started again)");
                      }});
}

core::Observation World::observe(const core::ObserveOrder& order) {
    const Place& place = places_[order.provider.text];
    core::Observation seen{order.provider, order.resource, core::Observed::gone, {}};
    const auto thing = place.things.find(order.resource.text);
    if (!place.answers) {
        seen.observed = core::Observed::unknown;
        seen.problem = place.silence;
    } else if (thing != place.things.end()) {
        switch (thing->second.activity) {
            case core::Activity::running:
            case core::Activity::billed_idle:
                seen.observed = core::Observed::running;
                break;
            case core::Activity::frozen:
                seen.observed = core::Observed::frozen;
                break;
            case core::Activity::stopped:
                seen.observed = core::Observed::gone;
                break;
            case core::Activity::unknown:
                seen.observed = core::Observed::unknown;
                break;
        }
    }
    return seen;
}

void World::rehearse(const core::RehearseOrder& order) {
    Place& place = places_[order.provider.text];
    if (!place.rehearses)
        return;
    core::Rehearsal rehearsal{order.provider, {}};
    for (const core::Lever lever : order.levers) {
        const auto known = place.rehearsal.find(lever);
        rehearsal.lines.push_back(known != place.rehearsal.end()
                                      ? known->second
                                      : core::RehearsalLine{lever, core::RehearsalAnswer::ready, {}});
    }
    answer(place.rehearsal_takes, rehearsal);
}

}  // namespace noodstop::scenario
