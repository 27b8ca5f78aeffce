#include "agent/core/engine.hpp"

#include "agent/core/engine_impl.hpp"
#include "agent/core/move_back.hpp"

#include <algorithm>
#include <utility>

namespace noodstop::core {
namespace {

// Steps further apart than they are meant to be by more than this: the agent was not running.
constexpr Duration away_min = std::chrono::seconds(10);

}  // namespace

Engine::Engine(Policy policy, const Recovered& recovered)
    : impl_(std::make_unique<Impl>(std::move(policy), recovered)) {}
Engine::~Engine() = default;
Engine::Engine(Engine&&) noexcept = default;
Engine& Engine::operator=(Engine&&) noexcept = default;

Effects Engine::step(std::span<const Input> inputs, const ClockReading& clock) {
    return impl_->step(inputs, clock);
}
StatePieces Engine::save() const {
    return impl_->save();
}
Duration Engine::next_step_within() const {
    return impl_->next_step_within();
}
Snapshot Engine::snapshot() const {
    return impl_->snapshot();
}
std::vector<ResourceStatus> Engine::resources() const {
    return impl_->resources();
}
std::vector<Counter> Engine::counters() const {
    return impl_->counters();
}
Instant Engine::now() const {
    return impl_->now;
}
WallTime Engine::window_time() const {
    return impl_->time.window_time();
}
std::uint64_t Engine::digest() const {
    return impl_->digest();
}
const Policy& Engine::policy() const {
    return impl_->policy;
}

bool Engine::wants_calendar() const {
    const Calendar& calendar = impl_->calendar;
    const WallTime soon = impl_->time.window_time() + std::chrono::hours(24 * 40);
    return impl_->time.started() && (calendar.days.empty() || calendar.months.empty() ||
                                     calendar.days.front() > impl_->time.window_time() || calendar.days.back() < soon);
}

Effects Engine::Impl::step(std::span<const Input> inputs, const ClockReading& clock) {
    effects = {};
    fresh.clear();
    const Timeline::Remark remark = time.advance(clock);
    const bool was_away = time.now() - now > away_min + policy.agent.calm_interval;
    const Instant before = std::exchange(now, time.now());
    wall = time.window_time();
    facts.begin_step(now, wall);
    date_the_past();
    open_windows();
    charge_time(remark, before);
    if (!begun)
        begin(clock);
    else if (was_away)
        resume_meters();
    tell_time(remark);
    for (const Input& input : inputs)
        std::visit([this](const auto& one) { take(one); }, input);
    watch_blindness();
    mind_rehearsals();
    mind_modes();
    evaluate_limits();
    sweep_closed_zones();
    act_on_limits();
    for (std::size_t zone = 0; zone < zones.size(); ++zone)
        settle(zone);
    finish();
    return std::move(effects);
}

void Engine::Impl::begin(const ClockReading& clock) {
    begun = true;
    Fact started = fact(FactKind::agent_started);
    started.fields = {{"agent", policy.agent.name}, {"boot", clock.boot_id}};
    facts.add(started);
    for (const std::string& problem : recovery_problems) {
        Fact lost = fact(FactKind::state_lost);
        lost.fields = {{"problem", problem}};
        facts.add(lost);
    }
    // What was charged until now was charged at the prices that were in force.
    take(PolicyChange{std::move(configured)});
    resume_meters();
    for (ZoneRoom& zone : zones) {
        for (Target& target : zone.breaker.targets)
            doubt(target, now);
        // Its file may have been lost: then the next start would have the database alone.
        if (zone.breaker.closed())
            effects.latches.push_back(latch_of(zone.breaker, zone.policy.name));
    }
}

// Nobody looked while the machine slept, was down, or had no time for us: that is not a provider's blindness.
void Engine::Impl::resume_meters() {
    for (ProviderRoom& provider : providers) {
        provider.meter.resume(now);
        effects.looks.push_back(provider.meter.policy().name);
    }
}

void Engine::Impl::tell_time(Timeline::Remark remark) {
    switch (remark) {
        case Timeline::Remark::none:
            return;
        case Timeline::Remark::rebooted:
            facts.note(fact(FactKind::time_suspect));
            return;
        case Timeline::Remark::became_trusted:
        case Timeline::Remark::clock_agrees:
            facts.note(fact(FactKind::time_trusted));
            return;
        case Timeline::Remark::clock_disagrees: {
            Fact suspect = fact(FactKind::time_suspect);
            suspect.fields = {{"reason", "the wall clock was set; windows go on by the boot clock"}};
            facts.note(suspect);
            return;
        }
    }
}

void Engine::Impl::charge_time(Timeline::Remark remark, Instant before) {
    for (ProviderRoom& provider : providers) {
        if (remark == Timeline::Remark::rebooted)
            provider.meter.lose_time(before);
        charge(provider, provider.meter.advance(now));
        if (time.downtime() != Duration{0})
            MoveBack(time.down_since(), time.downtime())(provider.meter);
        if (time.trusted())
            charge(provider, provider.meter.charge_downtime(time.downtime()));
    }
    date_spent();
}

// Decisions and sums of before the machine went down; meters follow when they have charged until now. What ran then is
// forgotten with this: a crash must not come back to before.
void Engine::Impl::date_the_past() {
    if (time.downtime() == Duration{0})
        return;
    MoveBack archive(time.down_since(), time.downtime());
    for (ZoneRoom& zone : zones)
        archive(zone.breaker);
    for (LimitRoom& limit : limits)
        archive(limit.watch);
    for (ZoneRoom& zone : zones)
        archive(zone.spent);
    effects.wants_checkpoint = true;
}

void Engine::Impl::open_windows() {
    for (LimitRoom& limit : limits) {
        if (time.date_corrected())
            limit.watch.window().forget_date();
        if (limit.watch.rule().kind != LimitKind::spend)
            continue;
        if (limit.watch.rule().window == WindowKind::rolling)
            limit.watch.window().expire(now);
        else
            open_window(limit);
    }
}

void Engine::Impl::open_window(LimitRoom& limit) {
    const auto& begins = limit.watch.rule().window == WindowKind::day ? calendar.days : calendar.months;
    const auto after = std::upper_bound(begins.begin(), begins.end(), wall);
    if (after == begins.begin() || after == begins.end())
        return;  // outside the table nothing advances
    const WallTime began = *(after - 1);
    Window& window = limit.watch.window();
    if (window.began_wall() == began)
        return;
    // What is durable of a window and of its reservation must name the same one; and after a reboot without time the
    // last durable one stands open: it must be this one.
    effects.wants_checkpoint = true;
    if (window.began_wall() && began < *window.began_wall())
        return window.rename(began);
    const bool first = !window.began_wall();
    Fact opened = fact(FactKind::window_opened, limit);
    opened.fields = {{"began", to_text(began)}, {"closed_with", to_text(window.accrued().current)}};
    // The first window opens with what was charged before the calendar was known.
    if (first)
        return window.adopt(now - (wall - began), began);
    window.open(now - (wall - began), began);
    facts.note(opened);
}

void Engine::Impl::charge(const ProviderRoom& provider, const TimedCharge& charge) {
    const auto place = static_cast<std::size_t>(&provider - providers.data());
    for (LimitRoom& limit : limits)
        if (limit.watch.rule().kind == LimitKind::spend &&
            std::find(limit.providers.begin(), limit.providers.end(), place) != limit.providers.end())
            limit.watch.window().charge(charge.from, charge.to, charge.amount);
    count_spent(provider, charge.amount.current);
}

void Engine::Impl::take(const Look& look) {
    const auto place = provider_place(look.provider);
    if (!place)
        return;  // of a provider that a reload removed while it was looking
    ProviderRoom& provider = providers[*place];
    ++looks;
    const bool first = !provider.meter.ever_looked();
    std::vector<TimedCharge> charges;
    const Meter::Taken taken = provider.meter.take(look, now, wall, charges, facts);
    for (const TimedCharge& one : charges)
        charge(provider, one);
    tell_look(provider, look, taken);
    if (taken == Meter::Taken::late || taken == Meter::Taken::absent)
        return;
    const bool good = taken == Meter::Taken::good;
    fresh.push_back({*place, look.taken_at, good});
    if (good)
        provider.last_good = look.taken_at;
    // After a crash, what was not seen is charged against a look that was kept: the first one must be.
    effects.wants_checkpoint = effects.wants_checkpoint || first;
}

void Engine::Impl::tell_look(ProviderRoom& provider, const Look& look, Meter::Taken taken) {
    const bool late = taken == Meter::Taken::late;
    const bool absent = taken == Meter::Taken::absent;
    Fact told = fact(late ? FactKind::look_late : FactKind::look_absent);
    told.provider = look.provider;
    told.fields = {{"problem", look.problem}};
    if (late || (absent && !provider.absent_told))  // absence is told when it begins
        facts.note(told);
    if (!late)
        provider.absent_told = absent;
    const bool overflowing = provider.meter.overflowing();
    if (overflowing && !provider.overflow_told) {
        Fact full = fact(FactKind::resources_max_reached);
        full.provider = look.provider;
        full.fields = {{"resources_max", std::to_string(provider.meter.policy().resources_max)}};
        facts.note(full);
    }
    provider.overflow_told = overflowing;
    const bool stale = provider.meter.prices().stale(wall);
    if (stale && !provider.stale_told) {
        Fact old = fact(FactKind::price_stale);
        old.provider = look.provider;
        old.fields = {{"as_of", to_text(provider.meter.prices().list().as_of)}};
        facts.note(old);
    }
    provider.stale_told = stale;
}

void Engine::Impl::take(const StepReport& report) {
    for (ZoneRoom& zone : zones)
        for (Target& target : zone.breaker.targets)
            if (target.step == report.id) {
                RunbookScene here = scene(zone);
                take_report(here, target, report);
            }
}

void Engine::Impl::take(const Observation& observation) {
    for (ZoneRoom& zone : zones) {
        Target* target = zone.breaker.target(observation.provider, observation.resource);
        if (target == nullptr)
            continue;
        RunbookScene here = scene(zone);
        if (!take_observation(here, *target, observation))
            continue;
        const Target done = *target;
        zone.breaker.targets.erase(zone.breaker.targets.begin() + (target - zone.breaker.targets.data()));
        finish_target(zone, done);
    }
}

void Engine::Impl::take(const OrderInput& input) {
    const OrderAnswer answer = carry_out(input.order);
    Fact told = fact(answer.accepted ? FactKind::order_accepted : FactKind::order_refused);
    told.zone = input.order.zone;
    told.limit = input.order.limit;
    if (const auto place = zone_place(input.order.zone))
        told.tenant = zones[*place].policy.tenant;
    std::string by;
    for (const Identity& identity : input.order.given_by)
        by += (by.empty() ? "" : ", ") + identity.text;
    told.fields = {
        {"order", to_text(input.order.kind)}, {"by", by}, {"reason", input.order.reason}, {"answer", answer.message}};
    facts.add(std::move(told));
    effects.replies.push_back({input.request, answer});
}

void Engine::Impl::take(const Calendar& calendar_) {
    calendar = calendar_;
    effects.state["calendar"] = to_bytes(calendar);
    open_windows();
}

void Engine::Impl::take(const LateBill& bill) {
    LimitRoom* limit = find_limit(bill.limit);
    if (limit == nullptr)
        return;
    const std::optional<Money> more = limit->watch.window().reconcile(bill.from, bill.amount);
    Fact told = fact(FactKind::bill_reconciled, *limit);
    told.fields = {{"window", to_text(bill.from)}, {"bill", to_text(bill.amount)}};
    told.fields.push_back({"above_estimate", more ? to_text(*more) : "window not kept"});
    facts.note(told);
    const bool may_stop = std::any_of(limit->zones.begin(), limit->zones.end(), [this](std::size_t zone) {
        return zones[zone].mandate && zones[zone].mandate->bills_may_stop;
    });
    if (more && may_stop)
        limit->watch.window().charge(now, now, {*more, *more});
}

void Engine::Impl::take(const Notice& notice) {
    facts.note(notice.fact);
    stopping = stopping || notice.fact.kind == FactKind::agent_stopped;
}

// Late, but as at a start: what was closed is closed, until people reset it.
void Engine::Impl::take(const LatchesFound& found) {
    for (const Latch& latch : found.latches) {
        const auto place = latch.tripped ? zone_place(latch.zone) : std::nullopt;
        if (!place || zones[*place].breaker.closed())
            continue;
        ZoneRoom& zone = zones[*place];
        recall_holds(zone);
        take_latch(zone.breaker, latch, now, wall);
        if (!zone.breaker.closed())
            continue;  // older than what was decided since
        Fact told = fact(FactKind::latch_found, zone);
        told.fields = {{"reason", latch.reason}, {"since", to_text(latch.since)}};
        facts.add(std::move(told));
        mark_zone(zone);
        effects.zone_changed_state = true;
        for (const std::size_t provider : zone.providers)
            effects.looks.push_back(providers[provider].meter.policy().name);
    }
}

void Engine::Impl::watch_blindness() {
    for (ProviderRoom& provider : providers) {
        const bool blind = provider.meter.blind(now);
        if (blind == provider.blind_told)
            continue;
        provider.blind_told = blind;
        Fact told = fact(blind ? FactKind::blind_began : FactKind::blind_ended);
        told.provider = provider.meter.policy().name;
        if (blind)
            told.fields = {{"last_look", to_text(now - provider.meter.last_complete()) + " ago"},
                           {"grows_by", to_text(provider.meter.rate(now))},
                           {"problem", provider.meter.problem()}};
        facts.note(told);
    }
}

// Until an orderly stop has ended it may still be killed: what is charged by then stays reserved.
void Engine::Impl::finish() {
    for (LimitRoom& limit : limits)
        if (stopping ? limit.watch.release_reservation() : limit.watch.reserve())
            effects.state["reserve/" + limit.watch.rule().name.text] = reserve_piece(limit);
    for (const std::size_t zone : std::exchange(changed_zones, {}))
        effects.state["zone/" + zones[zone].policy.name.text] = to_bytes(zones[zone].breaker);
    effects.facts = facts.take();
    for (Fact& told : effects.facts)
        name_tenant(told);
    const bool decided = !effects.steps.empty() || !effects.latches.empty() || !effects.state.empty();
    if (decided)
        effects.state["engine"] = engine_piece();
}

// What is told of a provider belongs to the tenant whose zone it is in.
void Engine::Impl::name_tenant(Fact& told) const {
    const auto place = told.provider.empty() ? std::nullopt : provider_place(told.provider);
    if (place && told.tenant.empty() && !providers[*place].zones.empty())
        told.tenant = zones[providers[*place].zones.front()].policy.tenant;
}

Duration Engine::Impl::next_step_within() const {
    Instant next = now + policy.agent.calm_interval;
    for (const ZoneRoom& zone : zones)
        for (const Target& target : zone.breaker.targets)
            next = std::min(next, next_action(target));
    return std::max(Duration{0}, next - now);
}

Fact Engine::Impl::fact(FactKind kind) const {
    Fact made;
    made.kind = kind;
    return made;
}

Fact Engine::Impl::fact(FactKind kind, const ZoneRoom& zone) const {
    Fact made = fact(kind);
    made.tenant = zone.policy.tenant;
    made.zone = zone.policy.name;
    return made;
}

Fact Engine::Impl::fact(FactKind kind, const LimitRoom& limit) const {
    Fact made = fact(kind);
    made.limit = limit.watch.rule().name;
    if (!limit.zones.empty())
        made.tenant = zones[limit.zones.front()].policy.tenant;
    if (limit.watch.rule().zone)
        made.zone = *limit.watch.rule().zone;
    return made;
}

std::optional<std::size_t> Engine::Impl::zone_place(const ZoneName& name) const {
    for (std::size_t place = 0; place < zones.size(); ++place)
        if (zones[place].policy.name == name)
            return place;
    return std::nullopt;
}

std::optional<std::size_t> Engine::Impl::provider_place(const ProviderName& name) const {
    for (std::size_t place = 0; place < providers.size(); ++place)
        if (providers[place].meter.policy().name == name)
            return place;
    return std::nullopt;
}

LimitRoom* Engine::Impl::find_limit(const LimitName& name) {
    const auto place = std::find_if(limits.begin(), limits.end(),
                                    [&name](const LimitRoom& limit) { return limit.watch.rule().name == name; });
    return place == limits.end() ? nullptr : &*place;
}

}  // namespace noodstop::core
