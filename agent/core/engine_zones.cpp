#include "agent/core/engine_impl.hpp"

#include <algorithm>

namespace noodstop::core {
namespace {

constexpr Duration observing_default = std::chrono::hours(24 * 7);  // where an order gives no date
constexpr std::size_t survivors_told_max = 100;

std::string hexadecimal(std::uint64_t value) {
    std::string text;
    for (int shift = 60; shift >= 0; shift -= 4)
        text.push_back("0123456789abcdef"[(value >> shift) & 15]);
    return text;
}

}  // namespace

std::vector<ResourceClass> Engine::Impl::classes(const ProviderRoom& provider) const {
    std::vector<const Mandate*> mandates;
    for (const std::size_t zone : provider.zones)
        if (zones[zone].mandate)
            mandates.push_back(&*zones[zone].mandate);
    return classify(provider.meter, mandates);
}

// Everything billed and unprotected that no runbook is stopping already; of closed zones only what survived.
std::vector<Candidate> Engine::Impl::candidates(const Places& among, const LimitRoom* limit) const {
    std::vector<Candidate> found;
    for (const ProviderRoom& provider : providers) {
        Places of_zones;
        std::copy_if(provider.zones.begin(), provider.zones.end(), std::back_inserter(of_zones),
                     [&](std::size_t zone) { return std::find(among.begin(), among.end(), zone) != among.end(); });
        if (of_zones.empty())
            continue;
        const std::vector<ResourceClass> class_of = classes(provider);
        for (std::size_t index = 0; index < class_of.size(); ++index) {
            const Metered& resource = provider.meter.resources()[index];
            if (class_of[index] == ResourceClass::protected_ || !is_billed(resource.activity))
                continue;
            if (auto candidate = candidate_in(of_zones, provider, resource, class_of[index], limit))
                found.push_back(std::move(*candidate));
        }
    }
    return found;
}

// Stopped if any mandate grants it (DESIGN.md 4.8): the first zone that may take it does, else it stays with the first.
std::optional<Candidate> Engine::Impl::candidate_in(const Places& of_zones, const ProviderRoom& provider,
                                                    const Metered& resource, ResourceClass class_,
                                                    const LimitRoom* limit) const {
    const ProviderName& name = provider.meter.policy().name;
    std::optional<Candidate> found;
    for (const std::size_t zone : of_zones) {
        const Breaker& breaker = zones[zone].breaker;
        if (breaker.closed() && !breaker.survivors.contains({name, resource.id}))
            continue;
        const Mandate* mandate = zones[zone].mandate_or_null();
        const bool agreed = class_ == ResourceClass::unknown || (mandate != nullptr && mandate->baseline_may_be_shed);
        const bool granted = mandate != nullptr && grants_any_stop(*mandate, {name});
        if (found && !(agreed && granted))
            continue;
        found = Candidate{zone, name, resource.id, class_, agreed, resource.rate(), resource.first_seen};
        if (limit != nullptr) {
            found->weight = weight(limit->watch.rule(), resource);
            found->offends = offends(limit->watch.rule(), provider.meter.variety(resource));
        }
        if (agreed && granted)
            break;
    }
    return found;
}

Choice Engine::Impl::choose(const LimitRoom& limit, const std::vector<Candidate>& among) const {
    const Limit& rule = limit.watch.rule();
    HourlyRate stopping_rate;
    std::int64_t stopping_weight = 0;
    for (const ResourceKey& key : being_stopped(limit)) {
        const auto place = provider_place(key.first);
        const Metered* resource = place ? providers[*place].meter.find(key.second) : nullptr;
        if (resource == nullptr || !is_billed(resource->activity))
            continue;
        stopping_rate += resource->rate();
        stopping_weight += weight(rule, *resource);
    }
    switch (rule.kind) {
        case LimitKind::spend:
        case LimitKind::rate:
            return shed_dearest(among, limit.watch.rate() - stopping_rate, rule.shed_to);
        case LimitKind::count:
            return shed_newest(among, limit.watch.used() - stopping_weight, *limit.watch.threshold(Stage::stop));
        case LimitKind::allow:
            return shed_offenders(among);
    }
    return {};
}

// What the last looks still show, and a trip is stopping or has stopped since.
std::set<ResourceKey> Engine::Impl::being_stopped(const LimitRoom& limit) const {
    std::set<ResourceKey> keys;
    for (const std::size_t zone : limit.zones) {
        for (const Target& target : zones[zone].breaker.targets)
            if (target.purpose == Purpose::stop)
                keys.insert({target.provider, target.resource});
        for (const auto& [key, at] : zones[zone].breaker.just_stopped)
            keys.insert(key);
    }
    return keys;
}

void Engine::Impl::trip(const Places& opened, const std::vector<Candidate>& among, const Choice& choice, Fact cause) {
    const std::uint64_t digest_before = digest();
    std::vector<bool> taken(among.size(), false);
    for (const std::size_t index : choice)
        taken[index] = true;
    for (const std::size_t place : opened) {
        ZoneRoom& zone = zones[place];
        recall_holds(zone);
        zone.breaker.forget_targets(Purpose::restore);
        const std::string why = cause.limit.empty() ? "tripped by order" : "limit " + cause.limit.text + " reached";
        std::size_t targets = 0, survivors = 0;
        for (std::size_t index = 0; index < among.size(); ++index)
            if (covers(zone, among[index].provider))
                ++(taken[index] ? targets : survivors);
        std::vector<FactField> fields = cause.fields;
        fields.insert(fields.end(), {{"reaction", to_text(reaction(zone))},
                                     {"targets", std::to_string(targets)},
                                     {"survivors", std::to_string(survivors)},
                                     {"digest", hexadecimal(digest_before)}});
        zone.breaker.survivors.clear();
        for (std::size_t index = 0; index < among.size(); ++index)
            if (covers(zone, among[index].provider) && !taken[index])
                zone.breaker.survivors.insert({among[index].provider, among[index].resource});
        zone.breaker.cause = cause.limit;
        change_state(place, BreakerState::tripped, FactKind::tripped, why, std::move(fields));
        std::size_t told = 0;
        for (const auto& [provider, resource] : zone.breaker.survivors) {
            if (++told > survivors_told_max)
                break;
            Fact survivor = fact(FactKind::survivor_fixed, zone);
            survivor.provider = provider;
            survivor.resource = resource;
            facts.add(survivor);
        }
    }
    for (const std::size_t index : choice)
        if (std::find(opened.begin(), opened.end(), among[index].zone) != opened.end())
            add_target(among[index].zone, among[index].provider, among[index].resource, among[index].class_,
                       Purpose::stop);
}

bool Engine::Impl::covers(const ZoneRoom& zone, const ProviderName& provider) const {
    return std::find(zone.policy.providers.begin(), zone.policy.providers.end(), provider) !=
           zone.policy.providers.end();
}

void Engine::Impl::shed_more(const LimitName& limit, const std::string& reason, const std::vector<Candidate>& among,
                             const Choice& choice) {
    std::set<std::size_t> changed;
    for (const std::size_t index : choice) {
        const Candidate& candidate = among[index];
        ZoneRoom& zone = zones[candidate.zone];
        if (!zone.breaker.closed())
            continue;
        zone.breaker.survivors.erase({candidate.provider, candidate.resource});
        Fact added = fact(FactKind::target_added, zone);
        added.provider = candidate.provider;
        added.resource = candidate.resource;
        added.limit = limit;
        added.fields = {{"reason", reason}};
        facts.add(added);
        add_target(candidate.zone, candidate.provider, candidate.resource, candidate.class_, Purpose::stop);
        changed.insert(candidate.zone);
    }
    for (const std::size_t zone : changed)
        rewrite_latch(zones[zone]);
}

void Engine::Impl::add_target(std::size_t place, const ProviderName& provider, const ResourceId& resource,
                              ResourceClass class_, Purpose purpose) {
    ZoneRoom& zone = zones[place];
    Target target;
    target.provider = provider;
    target.resource = resource;
    target.class_ = class_;
    target.purpose = purpose;
    target.added = now;
    target.next_try = now;
    zone.breaker.targets.push_back(std::move(target));
    mark_zone(zone);
}

void Engine::Impl::settle(std::size_t zone) {
    mind_mandate(zone);
    mind_readiness(zone);
    sweep(zone);
    drive_targets(zone);
    mind_safe_state(zone);
}

// Before limits act: what is started in a closed zone is stopped for that, and costs no survivor its place.
void Engine::Impl::sweep_closed_zones() {
    for (std::size_t zone = 0; zone < zones.size(); ++zone)
        if (zones[zone].breaker.closed())
            sweep(zone);
}

void Engine::Impl::sweep(std::size_t place) {
    for (const FreshLook& look : fresh)
        if (std::find(zones[place].providers.begin(), zones[place].providers.end(), look.provider) !=
            zones[place].providers.end())
            sweep(place, look);
}

void Engine::Impl::sweep(std::size_t place, const FreshLook& look) {
    const Breaker& breaker = zones[place].breaker;
    if (breaker.closed())
        sweep_closed(place, look);
    else if (breaker.held && breaker.state == BreakerState::armed)
        sweep_held(place, look);
}

// In a closed zone whatever is unprotected and no survivor is stopped, whatever shed_to says. A survivor that is gone
// has lost its place: what comes back under its name is new.
void Engine::Impl::sweep_closed(std::size_t place, const FreshLook& look) {
    ZoneRoom& zone = zones[place];
    Breaker& breaker = zone.breaker;
    const ProviderRoom& provider = providers[look.provider];
    const ProviderName& name = provider.meter.policy().name;
    const std::vector<ResourceClass> class_of = classes(provider);
    const std::set<ResourceId> targeted = breaker.targets_of(name);
    const std::set<ResourceKey> survivors_before = breaker.survivors;
    if (look.good)
        std::erase_if(breaker.survivors, [&](const ResourceKey& key) {
            const Metered* resource = key.first == name ? provider.meter.find(key.second) : nullptr;
            return key.first == name && (resource == nullptr || !is_billed(resource->activity));
        });
    for (std::size_t index = 0; index < class_of.size(); ++index) {
        const Metered& resource = provider.meter.resources()[index];
        if (class_of[index] == ResourceClass::protected_ || !is_billed(resource.activity) ||
            breaker.survivors.contains({name, resource.id}) || targeted.contains(resource.id))
            continue;
        const auto stopped = breaker.just_stopped.find({name, resource.id});
        // What a partial look doesn't list was seen by one before.
        if (stopped != breaker.just_stopped.end() && resource.last_seen < stopped->second)
            continue;
        if (class_of[index] == ResourceClass::baseline && !(zone.mandate && zone.mandate->baseline_may_be_shed))
            breaker.survivors.insert({name, resource.id});
        else
            sweep_up(place, name, resource, class_of[index], Purpose::stop, "runs in a closed zone and is no survivor");
    }
    std::erase_if(breaker.just_stopped, [&](const auto& entry) {
        return look.good && entry.first.first == name && entry.second <= look.taken_at;
    });
    if (breaker.survivors != survivors_before)
        rewrite_latch(zone);
}

void Engine::Impl::sweep_up(std::size_t place, const ProviderName& provider, const Metered& resource,
                            ResourceClass class_, Purpose purpose, const char* reason) {
    Fact added = fact(FactKind::target_added, zones[place]);
    added.provider = provider;
    added.resource = resource.id;
    added.fields = {{"reason", reason}};
    if (resource.rate() != HourlyRate{})  // not known at the first sight of a counter
        added.fields.push_back({"rate", to_text(resource.rate())});
    facts.add(added);
    add_target(place, provider, resource.id, class_, purpose);
}

void Engine::Impl::rewrite_latch(ZoneRoom& zone) {
    ++zone.breaker.latch_version;
    effects.latches.push_back(latch_of(zone.breaker, zone.policy.name));
    mark_zone(zone);
}

void Engine::Impl::sweep_held(std::size_t place, const FreshLook& look) {
    Breaker& breaker = zones[place].breaker;
    const ProviderRoom& provider = providers[look.provider];
    const ProviderName& name = provider.meter.policy().name;
    const std::vector<ResourceClass> class_of = classes(provider);
    const std::set<ResourceId> targeted = breaker.targets_of(name);
    for (std::size_t index = 0; index < class_of.size(); ++index) {
        const Metered& resource = provider.meter.resources()[index];
        const ResourceKey key{name, resource.id};
        const bool suspended = breaker.suspended.contains(key) && resource.activity == Activity::frozen;
        if (class_of[index] != ResourceClass::unknown || !is_billed(resource.activity) || suspended ||
            breaker.admitted.contains(key) || targeted.contains(resource.id))
            continue;
        sweep_up(place, name, resource, class_of[index], Purpose::hold, "appeared while the zone is held");
    }
    // Who leaves loses the place it had when the hold began.
    if (look.good)
        std::erase_if(breaker.admitted, [&](const ResourceKey& key) {
            return key.first == name && provider.meter.find(key.second) == nullptr;
        });
}

void Engine::Impl::begin_hold(std::size_t place) {
    ZoneRoom& zone = zones[place];
    Breaker& breaker = zone.breaker;
    if (breaker.state == BreakerState::observing && !breaker.would_hold_told) {
        breaker.would_hold_told = true;
        facts.add(fact(FactKind::would_hold, zone));
    }
    if (breaker.held || breaker.state != BreakerState::armed)
        return;
    breaker.held = true;
    for (const std::size_t index : zone.providers)
        for (const Metered& resource : providers[index].meter.resources())
            if (is_billed(resource.activity))
                breaker.admitted.insert({providers[index].meter.policy().name, resource.id});
    Fact held = fact(FactKind::limit_held, zone);
    held.fields = {{"admitted", std::to_string(breaker.admitted.size())}};
    facts.note(held);
    mark_zone(zone);
}

void Engine::Impl::end_hold(std::size_t place) {
    ZoneRoom& zone = zones[place];
    zone.breaker.held = false;
    zone.breaker.would_hold_told = false;
    zone.breaker.admitted.clear();
    recall_holds(zone);
    if (!zone.breaker.closed())
        resume_suspended(place);
    facts.note(fact(FactKind::hold_ended, zone));
    mark_zone(zone);
}

// Holds and resumes that are not finished: an order that is out may still freeze its resource.
void Engine::Impl::recall_holds(ZoneRoom& zone) {
    Breaker& breaker = zone.breaker;
    for (const Target& target : breaker.targets) {
        const bool may_freeze = target.purpose == Purpose::hold && was_ordered(target) && zone.mandate &&
                                grants(*zone.mandate, target.provider, Lever::suspend);
        if (may_freeze || target.purpose == Purpose::resume)
            breaker.suspended.insert({target.provider, target.resource});
    }
    breaker.forget_targets(Purpose::hold);
    breaker.forget_targets(Purpose::resume);
}

void Engine::Impl::resume_suspended(std::size_t place) {
    for (const auto& [provider, resource] : std::exchange(zones[place].breaker.suspended, {}))
        add_target(place, provider, resource, ResourceClass::unknown, Purpose::resume);
}

RunbookScene Engine::Impl::scene(ZoneRoom& zone) {
    return {
        zone.policy.name, zone.policy.tenant,         zone.runbook, zone.mandate_or_null(), now, wall, facts, effects,
        last_step_number, zone.breaker.baseline_stops};
}

void Engine::Impl::drive_targets(std::size_t place) {
    ZoneRoom& zone = zones[place];
    RunbookScene here = scene(zone);
    const std::size_t steps_before = effects.steps.size();
    bool refused = false;
    for (Target& target : zone.breaker.targets)
        refused |= !drive(here, target);
    if (effects.steps.size() != steps_before)
        mark_zone(zone);
    if (refused && !zone.breaker.impaired) {
        zone.breaker.impaired = true;
        Fact impaired = fact(FactKind::impaired, zone);
        impaired.fields = {{"reason", "the mandate refuses every lever of a stop that is needed"}};
        facts.note(impaired);
        mark_zone(zone);
    }
}

void Engine::Impl::finish_target(ZoneRoom& zone, const Target& target) {
    Breaker& breaker = zone.breaker;
    const ResourceKey key{target.provider, target.resource};
    switch (target.purpose) {
        case Purpose::stop:
            ++breaker.stopped_count;
            breaker.just_stopped[key] = now;
            breaker.suspended.erase(key);
            breaker.last_stop_observed = now;
            if (target.refusal.empty())  // one that waited for authority doesn't tell how long stops take
                breaker.measure_stop(now - target.added);
            if (target.class_ == ResourceClass::baseline)
                breaker.stopped_baseline.insert(key);
            break;
        case Purpose::hold:
            if (target.last_observed == Observed::frozen)
                breaker.suspended.insert(key);
            break;
        case Purpose::resume:
            break;
        case Purpose::restore:
            breaker.stopped_baseline.erase(key);
            break;
    }
    if (!breaker.targets.empty())
        return;  // what is not durable yet is observed again after a crash
    mark_zone(zone);
    for (const std::size_t provider : zone.providers)
        want_look_after_stop(providers[provider]);
}

// At once, but not more often than it is looked at anyway: an inventory that lags behind what is observed would make
// its resources targets again and again, as fast as the provider answers.
void Engine::Impl::want_look_after_stop(ProviderRoom& provider) {
    if (provider.last_wanted && now - *provider.last_wanted < provider.meter.policy().poll_interval)
        return;
    provider.last_wanted = now;
    effects.looks.push_back(provider.meter.policy().name);
}

// Safe: no target is left, and every provider has shown, in a look begun after the last stop was observed, that nothing
// else runs. sweep() has made a target of whatever did.
void Engine::Impl::mind_safe_state(std::size_t place) {
    ZoneRoom& zone = zones[place];
    Breaker& breaker = zone.breaker;
    if (breaker.state != BreakerState::tripped)
        return;
    const bool all_seen = std::all_of(zone.providers.begin(), zone.providers.end(), [&](std::size_t index) {
        const ProviderRoom& provider = providers[index];
        return provider.last_good && *provider.last_good > breaker.since &&
               *provider.last_good >= breaker.last_stop_observed && !provider.meter.overflowing();
    });
    if (breaker.targets.empty() && all_seen) {
        change_state(place, BreakerState::latched, FactKind::latched, breaker.reason,
                     {{"stopped", std::to_string(breaker.stopped_count)},
                      {"survivors", std::to_string(breaker.survivors.size())},
                      {"after", to_text(now - breaker.since)}});
        return;
    }
    if (breaker.overdue || now - breaker.since <= std::max(zone.runbook.overdue_after, reaction(zone)))
        return;
    breaker.overdue = true;
    Fact late = fact(FactKind::overdue, zone);
    late.fields = {{"targets_left", std::to_string(breaker.targets.size())}};
    facts.add(late);
    mark_zone(zone);
}

// Before limits act: the look that comes with the date already decides.
void Engine::Impl::mind_modes() {
    for (std::size_t place = 0; place < zones.size(); ++place) {
        const Breaker& breaker = zones[place].breaker;
        if (breaker.state == BreakerState::observing && breaker.observe_until && wall >= *breaker.observe_until)
            change_state(place, BreakerState::armed, FactKind::armed, "the date set for the end of observing has come");
    }
}

void Engine::Impl::mind_mandate(std::size_t place) {
    ZoneRoom& zone = zones[place];
    const bool expired = zone.mandate && wall >= zone.mandate->valid_until;
    if (expired == zone.breaker.expiry_told)
        return;
    zone.breaker.expiry_told = expired;
    mark_zone(zone);
    if (!expired)
        return;
    zone.breaker.impaired = zone.breaker.state != BreakerState::disarmed;
    Fact told = fact(FactKind::mandate_expired, zone);
    told.fields = {{"mandate", zone.mandate->id.text}, {"valid_until", to_text(zone.mandate->valid_until)}};
    facts.add(told);
}

void Engine::Impl::change_state(std::size_t place, BreakerState next, FactKind kind, const std::string& reason,
                                std::vector<FactField> fields) {
    ZoneRoom& zone = zones[place];
    const bool was_closed = zone.breaker.closed();
    recall_holds(zone);
    if (next == BreakerState::observing && !zone.breaker.observe_until)
        zone.breaker.observe_until = wall + observing_default;
    enter(zone.breaker, next, now, wall, reason);
    Fact changed = fact(kind, zone);
    changed.limit = zone.breaker.cause;
    changed.fields = {{"reason", reason}};
    changed.fields.insert(changed.fields.end(), std::make_move_iterator(fields.begin()),
                          std::make_move_iterator(fields.end()));
    facts.add(std::move(changed));
    mark_zone(zone);
    effects.zone_changed_state = true;
    // After a crash nothing may trip what was armed now but a look or the ledger: not what decided before.
    effects.wants_checkpoint = effects.wants_checkpoint || next == BreakerState::armed;
    if (!zone.breaker.closed())
        resume_suspended(place);
    if (was_closed || zone.breaker.closed())
        effects.latches.push_back(latch_of(zone.breaker, zone.policy.name));
    if (next == BreakerState::tripped)
        for (const std::size_t provider : zone.providers)
            effects.looks.push_back(providers[provider].meter.policy().name);
}

}  // namespace noodstop::core
