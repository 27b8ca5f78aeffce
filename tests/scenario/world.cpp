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

void World::start(core::Recovered recovered, bool knows_calendar) {
    engine_.emplace(policy_, recovered);
    for (auto& [name, place] : places_)
        place.next_poll = elapsed_;
    if (knows_calendar)
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
        calendar.days.push_back({index * day - days_begin_earlier_});
        if (index % 30 == 0)
            calendar.months.push_back({index * day - days_begin_earlier_});
    }
    return calendar;
}

void World::feed(core::Input input) {
    waiting_.add(std::move(input));
    if (std::exchange(feeding_, true))
        return;
    for (auto inputs = waiting_.take(); !inputs.empty(); inputs = waiting_.take())
        digest_effects(engine_->step(inputs, clock()));
    feeding_ = false;
}

void World::digest_effects(core::Effects effects) {
    keep(effects);
    for (const core::Fact& fact : effects.facts)
        print(fact);
    for (const core::OrderReply& reply : effects.replies) {
        std::string message = reply.answer.message;
        std::replace(message.begin(), message.end(), '\n', ';');
        say(std::string(reply.answer.accepted ? "accepted: " : "refused: ") + message);
    }
    for (const core::StepOrder& step : effects.steps)
        carry_out(step);
    for (const core::ObserveOrder& order : effects.observations)
        waiting_.add(observe(order));
    for (const core::RehearseOrder& order : effects.rehearsals)
        rehearse(order);
    for (const core::ProviderName& provider : effects.looks)
        places_[provider.text].next_poll = std::min(places_[provider.text].next_poll, elapsed_ + Duration{1000});
}

void World::keep(const core::Effects& effects) {
    for (const auto& [key, piece] : effects.state)
        disk_[key] = piece;
    for (const core::Latch& latch : effects.latches)
        if (latches_kept_)
            latches_[latch.zone.text] = latch;
    if (elapsed_ >= next_checkpoint_ || effects.wants_checkpoint) {
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
        happen_later();
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

void World::happen_later() {
    for (std::size_t index = 0; index < later_.size();) {
        if (later_[index].at > elapsed_) {
            ++index;
            continue;
        }
        const auto what = std::move(later_[index].what);
        later_.erase(later_.begin() + static_cast<std::ptrdiff_t>(index));
        what();
    }
}

void World::answer(Duration delay, core::Input input) {
    if (delay == Duration{0})
        waiting_.add(std::move(input));
    else
        later_.push_back({elapsed_ + delay, [this, input = std::move(input)] { feed(input); }});
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

void World::late_look(const std::string& provider, Duration age) {
    core::Look look = make_look(provider);
    look.taken_at = look.taken_at - age;
    feed(look);
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
    waiting_ = {};
    core::Recovered recovered;
    if (keeps_database)
        recovered.state = disk_;
    else
        recovered.problems.push_back("the database was damaged and set aside");
    if (keeps_latches)
        for (const auto& [zone, latch] : latches_)
            recovered.latches.push_back(latch);
    else
        lost_latches_ = std::exchange(latches_, {});
    disk_ = recovered.state;
    start(recovered);
}

void World::ask_to_stop() {
    feed(core::Notice{{.kind = core::FactKind::agent_stopped}});
}

// As the shell does it: the engine hears that it will end, goes on until its work is done, and is kept whole.
void World::restart_in_order(Duration stop_takes) {
    ask_to_stop();
    pass(stop_takes);
    disk_ = engine_->save();
    crash(true, true);
}

// What is left of it begins like the piece and ends too soon.
bool World::damage(const std::string& piece) {
    const auto found = disk_.find(piece);
    if (found == disk_.end())
        return false;
    found->second.resize(found->second.size() / 2);
    return true;
}

void World::configure(core::Policy policy) {
    policy_ = std::move(policy);
    for (const core::ProviderPolicy& provider : policy_.providers)
        places_[provider.name.text];
}

void World::reload(core::Policy policy) {
    configure(policy);
    feed(core::PolicyChange{std::move(policy)});
}

void World::find_latches() {
    core::LatchesFound found;
    for (const auto& [zone, latch] : lost_latches_)
        found.latches.push_back(latch);
    feed(found);
}

void World::begin_days_earlier(Duration by) {
    days_begin_earlier_ = by;
    feed(calendar());
}

void World::order(core::Order order) {
    feed(core::OrderInput{1, std::move(order)});
}

}  // namespace noodstop::scenario
