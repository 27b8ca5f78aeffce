#include "agent/run/cycle.hpp"

#include <algorithm>
#include <array>
#include <exception>
#include <iterator>

namespace noodstop::run {
namespace {

const char* name_of(const core::Input& input) {
    static constexpr const char* names[] = {
        "tick",          "look",     "step report", "observation", "rehearsal", "order", "rehearsal request",
        "policy change", "calendar", "bill",        "notice",      "latches"};
    static_assert(std::size(names) == std::variant_size_v<core::Input>);
    return names[input.index()];
}

bool wants(const core::Notification& notification, core::FactKind kind) {
    if (notification.facts.empty())
        return core::is_alert(kind);
    return std::find(notification.facts.begin(), notification.facts.end(), core::to_text(kind)) !=
           notification.facts.end();
}

// The first step takes up what is configured now, where the state before it remembers another policy. A reset puts in
// force what waited for it.
bool may_change_policy(const core::Input& input) {
    return std::holds_alternative<core::PolicyChange>(input) || std::holds_alternative<core::OrderInput>(input);
}

std::optional<std::uint64_t> request_of(const core::Input& input) {
    if (const auto* order = std::get_if<core::OrderInput>(&input))
        return order->request;
    if (const auto* rehearsal = std::get_if<core::RehearsalRequest>(&input))
        return rehearsal->request;
    return std::nullopt;
}

}  // namespace

Cycle::Cycle(core::Engine engine, std::uint64_t last_sequence) : engine_(std::move(engine)), keeper_(last_sequence) {}

void Cycle::collect(core::Input input) {
    inputs_.add(std::move(input));
}

void Cycle::collect_look(std::uint64_t number, core::Look look) {
    if (auto stamped = looks_.answered(number, std::move(look)))
        inputs_.add(std::move(*stamped));
}

void Cycle::persisted(std::uint64_t batch_number, bool ok) {
    persist_answers_.push_back({batch_number, ok});
}

void Cycle::record_beside(core::FactKind kind, std::vector<core::FactField> fields) {
    if (side_facts_.size() >= side_facts_max) {
        ++side_facts_dropped_[kind];
        return;
    }
    core::Fact& fact = side_facts_.emplace_back();
    fact.kind = kind;
    fact.fields = std::move(fields);
}

void Cycle::warn(std::string sentence) {
    if (warnings_.size() < warnings_max && std::find(warnings_.begin(), warnings_.end(), sentence) == warnings_.end())
        warnings_.push_back(std::move(sentence));
    unpublished_ = true;
}

std::vector<Action> Cycle::turn(const core::ClockReading& clock) {
    now_ = clock.since_boot;
    take_persist_answers();
    step_waiting(clock);
    step_tick_if_due(clock);
    date_side_facts();
    persist_if_ready(clock);
    release();
    notice_durability(clock);
    start_looks();
    publish();
    return std::exchange(actions_, {});
}

core::Duration Cycle::next_turn_within() const {
    if (!stepped_at_ || inputs_.size() > 0 || !persist_answers_.empty())
        return core::Duration{0};
    core::Duration next = std::min({engine_.next_step_within(), engine_.policy().agent.calm_interval});
    next = std::min(next, keeper_.next_within(now_));
    next = std::min(next, looks_.next_within(now_));
    if (unpublished_ && published_at_)
        next = std::min(next, *published_at_ + publish_interval - now_);
    return std::max(next, core::Duration{0});
}

std::optional<Persist> Cycle::final_batch() {
    if (!keeper_.sending_possible(now_))
        return std::nullopt;
    add_side_facts();
    return make_batch(true);
}

void Cycle::take_persist_answers() {
    for (const PersistAnswer& answer : std::exchange(persist_answers_, {})) {
        keeper_.persisted(answer.number, answer.ok, now_);
        if (!answer.ok)
            sampled_at_.reset();  // what a failed batch had is told by the next one
    }
}

void Cycle::step_waiting(const core::ClockReading& clock) {
    for (core::Look& look : looks_.give_up_late(now_))
        inputs_.add(std::move(look));
    notice_dropped_inputs();
    for (auto inputs = inputs_.take(); !inputs.empty(); inputs = inputs_.take())
        step(inputs, clock);
}

void Cycle::step_tick_if_due(const core::ClockReading& clock) {
    const core::Duration within = std::min(engine_.next_step_within(), engine_.policy().agent.calm_interval);
    if (!stepped_at_ || now_ - *stepped_at_ >= within)
        step(std::array{core::Input(core::Tick{})}, clock);
    if (!follows_providers_) {
        looks_.follow(engine_.policy().providers, now_);
        follows_providers_ = true;
    }
}

void Cycle::step(std::span<const core::Input> inputs, const core::ClockReading& clock) {
    try {
        core::Effects effects = engine_.step(inputs, clock);
        const bool is_first = !std::exchange(begun_, true);
        stepped_at_ = engine_time_ = now_;
        if (is_first || std::any_of(inputs.begin(), inputs.end(), may_change_policy)) {
            follows_providers_ = false;
            policy_changed_ = true;
        }
        take(std::move(effects));
    } catch (const std::exception& fault) {
        survive(inputs, fault.what());
    } catch (...) {
        survive(inputs, "an exception of unknown type");
    }
}

// The fault itself is an input of the next turn; one that is met while noting a fault is not noted again.
void Cycle::survive(std::span<const core::Input> inputs, const std::string& problem) {
    stepped_at_ = now_;
    for (const core::Input& input : inputs)
        if (const auto request = request_of(input))
            actions_.push_back(Reply{{*request, {false, "The agent failed at this request: " + problem + "."}}});
    if (!std::holds_alternative<core::Notice>(inputs.front()))
        notice(core::FactKind::fault_survived, {{"where", name_of(inputs.front())}, {"problem", problem}});
}

void Cycle::take(core::Effects effects) {
    // One that opens a zone comes to the disk with the batch that says who reset it, never before.
    for (const core::Latch& latch : effects.latches)
        if (latch.tripped)
            actions_.push_back(KeepLatch{latch});
    for (core::ObserveOrder& order : effects.observations)
        actions_.push_back(StartObservation{std::move(order)});
    for (core::RehearseOrder& order : effects.rehearsals)
        actions_.push_back(StartRehearsal{std::move(order)});
    for (const core::ProviderName& provider : effects.looks)
        looks_.want(provider);
    if (effects.wants_checkpoint)
        checkpoint_at_.reset();
    const auto recorded = keeper_.add(effects, now_, engine_.policy().agent.durability_deadline);
    notify(recorded);
    new_facts_.insert(new_facts_.end(), recorded.begin(), recorded.end());
    zone_changed_state_ = zone_changed_state_ || effects.zone_changed_state;
    zone_changed_since_sample_ = zone_changed_since_sample_ || effects.zone_changed_state;
    unpublished_ = true;
}

void Cycle::notify(const std::vector<core::RecordedFact>& facts) {
    for (const core::RecordedFact& fact : facts)
        for (const core::Notification& notification : engine_.policy().notifications)
            if (wants(notification, fact.fact.kind))
                actions_.push_back(Notify{notification, fact});
}

void Cycle::notice(core::FactKind kind, std::vector<core::FactField> fields) {
    core::Notice input;
    input.fact.kind = kind;
    input.fact.fields = std::move(fields);
    inputs_.add(std::move(input));
}

void Cycle::notice_dropped_inputs() {
    if (const std::uint64_t dropped = inputs_.take_dropped())
        notice(core::FactKind::fault_survived,
               {{"where", "inputs"}, {"problem", std::to_string(dropped) + " inputs dropped in a flood"}});
}

void Cycle::notice_durability(const core::ClockReading& clock) {
    if (keeper_.durable() == durable_)
        return;
    durable_ = !durable_;
    notice(durable_ ? core::FactKind::durability_restored : core::FactKind::durability_lost, {});
    step_waiting(clock);
}

void Cycle::persist_if_ready(const core::ClockReading& clock) {
    const bool checkpoint_due = !checkpoint_at_ || now_ - *checkpoint_at_ >= engine_.policy().agent.checkpoint_interval;
    if (!keeper_.ready(now_) && !(checkpoint_due && keeper_.sending_possible(now_)))
        return;
    for (const auto& [kind, count] : keeper_.take_summarized())
        notice(core::FactKind::facts_summarized, {{"kind", core::to_text(kind)}, {"count", std::to_string(count)}});
    for (auto inputs = inputs_.take(); !inputs.empty(); inputs = inputs_.take())
        step(inputs, clock);
    if (!keeper_.something_waits())
        add_side_facts();
    if (checkpoint_due || keeper_.needs_whole_state())
        actions_.push_back(make_batch(false));
    else
        actions_.push_back(Persist{keeper_.send(now_), false});
}

// The time at which they came, as near as a turn tells it.
void Cycle::date_side_facts() {
    const core::Duration since_step = now_ - engine_time_;
    for (; side_facts_dated_ < side_facts_.size(); ++side_facts_dated_) {
        side_facts_[side_facts_dated_].at = engine_.now() + since_step;
        side_facts_[side_facts_dated_].wall = engine_.window_time() + since_step;
    }
}

void Cycle::add_side_facts() {
    if (side_facts_.empty())
        return;
    core::Effects effects;
    effects.facts = std::exchange(side_facts_, {});
    for (const auto& [kind, count] : std::exchange(side_facts_dropped_, {})) {
        core::Fact summary = effects.facts.back();  // for its time
        summary.kind = core::FactKind::facts_summarized;
        summary.fields = {{"kind", core::to_text(kind)}, {"count", std::to_string(count)}};
        effects.facts.push_back(std::move(summary));
    }
    side_facts_dated_ = 0;
    const auto recorded = keeper_.add(effects, now_, engine_.policy().agent.durability_deadline);
    notify(recorded);
    new_facts_.insert(new_facts_.end(), recorded.begin(), recorded.end());
}

bool Cycle::sample_due() const {
    return zone_changed_since_sample_ || !sampled_at_ || now_ - *sampled_at_ >= sample_interval;
}

// Counters are those of the state beside them (journal/spool.hpp). A batch that a stop waits for goes without: they are
// many, and the next one has them.
Persist Cycle::make_batch(bool is_last) {
    checkpoint_at_ = now_;
    Persist persist{keeper_.send(now_, engine_.save()), true};
    if (!is_last && (persist.batch.urgent || !sample_due()))
        return persist;
    persist.batch.counters = engine_.counters();
    sampled_at_ = now_;
    zone_changed_since_sample_ = false;
    return persist;
}

void Cycle::release() {
    Released released = keeper_.release(now_);
    for (core::StepOrder& order : released.steps)
        actions_.push_back(StartStep{std::move(order)});
    for (core::OrderReply& reply : released.replies)
        actions_.push_back(Reply{std::move(reply)});
}

void Cycle::start_looks() {
    if (looks_.next_within(now_) > core::Duration{0})
        return;
    const core::Instant instant = engine_.now() + (now_ - engine_time_);
    for (StartLook& start : looks_.start_due(now_, instant))
        actions_.push_back(std::move(start));
}

void Cycle::publish() {
    if (!new_facts_.empty())
        actions_.push_back(PublishFacts{std::exchange(new_facts_, {})});
    const bool due = unpublished_ && (!published_at_ || now_ - *published_at_ >= publish_interval);
    if (!due && !zone_changed_state_)
        return;
    core::Snapshot snapshot = engine_.snapshot();
    snapshot.durable = durable_;
    snapshot.last_sequence = keeper_.last_sequence();
    snapshot.warnings.insert(snapshot.warnings.end(), warnings_.begin(), warnings_.end());
    actions_.push_back(PublishSnapshot{std::move(snapshot)});
    published_at_ = now_;
    unpublished_ = zone_changed_state_ = false;
}

}  // namespace noodstop::run
