#include "tests/scenario/world.hpp"

#include <algorithm>

namespace noodstop::scenario {
namespace {

using core::FactKind;

// Said only when a scenario asks for it.
constexpr FactKind usually_unheard[] = {
    FactKind::resource_appeared, FactKind::resource_changed,  FactKind::resource_gone,
    FactKind::policy_loaded,     FactKind::agent_started,     FactKind::rehearsed,
    FactKind::step_accepted,     FactKind::counter_restarted, FactKind::time_trusted};

// Fields that change with every unrelated edit and tell a reader nothing.
const std::set<std::string> unheard_fields{"digest", "look", "step", "policy", "boot", "mandate"};

constexpr Duration checkpoint_interval = std::chrono::seconds(60);
constexpr Duration day = std::chrono::hours(24);

bool is_stop(core::Lever lever) {
    return lever == core::Lever::power_off || lever == core::Lever::shut_down;
}

}  // namespace

World::World(core::Policy policy)
    : policy_(std::move(policy)), unheard_(std::begin(usually_unheard), std::end(usually_unheard)) {
    for (const core::ProviderPolicy& provider : policy_.providers)
        places_[provider.name.text];
}

void World::hear(const std::string& kind, bool heard) {
    if (const auto known = core::fact_kind_from_name(kind)) {
        if (heard)
            unheard_.erase(*known);
        else
            unheard_.insert(*known);
    }
}

void World::start(core::Recovered recovered) {
    engine_.emplace(policy_, recovered);
    for (auto& [name, place] : places_)
        place.next_poll = elapsed_;
    feed(calendar());
    pass(Duration{0});
}

core::ClockReading World::clock() const {
    return {"boot-" + std::to_string(boots_), boot_, wall_, synchronized_};
}

// Calendar of UTC, with months of 30 days from the epoch on: scenarios say what they need to be true of it.
core::Calendar World::calendar() const {
    core::Calendar calendar;
    const auto days = engine_->window_time().since_epoch.count() == 0 ? wall_.since_epoch / day
                                                                      : engine_->window_time().since_epoch / day;
    for (auto index = days - 400; index <= days + 400; ++index) {
        calendar.days.push_back({index * day});
        if (index % 30 == 0)
            calendar.months.push_back({index * day});
    }
    return calendar;
}

void World::feed(core::Input input) {
    waiting_.push_back(std::move(input));
    if (std::exchange(feeding_, true))
        return;
    while (!waiting_.empty()) {
        const core::Input next = std::move(waiting_.front());
        waiting_.pop_front();
        digest_effects(engine_->step(next, clock()));
    }
    feeding_ = false;
}

void World::digest_effects(core::Effects effects) {
    keep(effects);
    for (const core::Fact& fact : effects.facts)
        print(fact);
    for (const core::OrderReply& reply : effects.replies)
        say(std::string(reply.answer.accepted ? "accepted: " : "refused: ") + reply.answer.message);
    for (const core::StepOrder& step : effects.steps)
        carry_out(step);
    for (const core::ObserveOrder& order : effects.observations)
        waiting_.push_back(observe(order));
    for (const core::RehearseOrder& order : effects.rehearsals)
        rehearse(order);
    for (const core::ProviderName& provider : effects.looks)
        places_[provider.text].next_poll = std::min(places_[provider.text].next_poll, elapsed_ + Duration{1000});
}

void World::keep(const core::Effects& effects) {
    for (const auto& [key, piece] : effects.state)
        disk_[key] = piece;
    for (const core::Latch& latch : effects.latches)
        latches_[latch.zone.text] = latch;
    if (elapsed_ >= next_checkpoint_) {
        disk_ = engine_->save();
        next_checkpoint_ = elapsed_ + checkpoint_interval;
    }
}

void World::print(const core::Fact& fact) {
    if (unheard_.contains(fact.kind))
        return;
    core::Fact shown = fact;
    std::erase_if(shown.fields, [](const core::FactField& field) { return unheard_fields.contains(field.name); });
    std::string when = core::to_text(elapsed_);
    when.resize(std::max<std::size_t>(when.size(), 10), ' ');
    say(when + " " + core::to_text(shown));
}

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

// From event to event: polls, what was to happen later, and whatever the engine wants to be asked again for.
void World::pass(Duration time) {
    const Duration end = elapsed_ + time;
    for (;;) {
        Duration next = std::min(end, elapsed_ + engine_->next_step_within());
        for (const auto& [name, place] : places_)
            next = std::min(next, place.next_poll);
        for (const Later& later : later_)
            next = std::min(next, later.at);
        advance(next - elapsed_);
        for (std::size_t index = 0; index < later_.size();) {
            if (later_[index].at > elapsed_) {
                ++index;
                continue;
            }
            const auto what = std::move(later_[index].what);
            later_.erase(later_.begin() + static_cast<std::ptrdiff_t>(index));
            what();
        }
        if (engine_->wants_calendar())
            feed(calendar());
        bool looked = false;
        for (auto& [name, place] : places_)
            if (place.next_poll <= elapsed_) {
                look(name);
                looked = true;
            }
        if (!looked)
            feed(core::Tick{});
        if (elapsed_ >= end)
            return;
    }
}

void World::look(const std::string& provider) {
    Place& place = places_[provider];
    for (const core::ProviderPolicy& policy : engine_->policy().providers)
        if (policy.name.text == provider)
            place.next_poll = elapsed_ + policy.poll_interval;
    if (place.next_poll <= elapsed_)
        place.next_poll = elapsed_ + std::chrono::seconds(1);  // a provider that a reload removed
    feed(core::Tick{});  // brings the engine's clock to now, which is when the look begins
    const core::Look look = make_look(provider);
    feed(look);
    if (place.doubles_looks)
        feed(look);
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
    if (place.has_total)
        look.totals.push_back({core::Metric::cpu, place.total_cpu_micros, true});
    return look;
}

void World::late_look(const std::string& provider, Duration age) {
    core::Look look = make_look(provider);
    look.taken_at = look.taken_at - age;
    feed(look);
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
    waiting_.push_back(report);
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
    waiting_.push_back(rehearsal);
}

void World::sleep(Duration time) {
    advance(time);
    feed(core::Tick{});
}

void World::reboot(Duration down) {
    ++boots_;
    wall_ = wall_ + down;
    elapsed_ += down;
    boot_ = std::chrono::seconds(20);
    for (auto& [name, place] : places_) {
        place.total_cpu_micros = 0;
        for (auto& [id, thing] : place.things)
            thing.cpu_micros = 0;
    }
    crash(true, true);
}

void World::crash(bool keeps_database, bool keeps_latches) {
    waiting_.clear();
    core::Recovered recovered;
    if (keeps_database)
        recovered.state = disk_;
    else
        recovered.problems.push_back("the database was damaged and set aside");
    if (keeps_latches)
        for (const auto& [zone, latch] : latches_)
            recovered.latches.push_back(latch);
    else
        latches_.clear();
    disk_ = recovered.state;
    start(recovered);
}

void World::reload(core::Policy policy) {
    policy_ = policy;
    for (const core::ProviderPolicy& provider : policy_.providers)
        places_[provider.name.text];
    feed(core::PolicyChange{std::move(policy)});
}

void World::order(core::Order order) {
    feed(core::OrderInput{1, std::move(order)});
}

}  // namespace noodstop::scenario
