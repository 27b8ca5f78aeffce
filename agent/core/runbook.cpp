#include "agent/core/runbook.hpp"

#include <algorithm>

namespace noodstop::core {
namespace {

constexpr Duration first_observation_after = std::chrono::milliseconds(5);
constexpr Duration doubt_deadline = std::chrono::seconds(1);
constexpr Duration baseline_hour = std::chrono::hours(1);

Fact fact_about(const RunbookScene& scene, FactKind kind, const Target& target) {
    Fact fact;
    fact.kind = kind;
    fact.tenant = scene.tenant;
    fact.zone = scene.zone;
    fact.provider = target.provider;
    fact.resource = target.resource;
    return fact;
}

// A lever that is pulled again and again is told the first time, the second, the fourth, the eighth, ...
bool is_told(const Target& target) {
    return (target.attempts & (target.attempts - 1)) == 0;
}

bool is_stop(Lever lever) {
    return lever == Lever::power_off || lever == Lever::shut_down || lever == Lever::suspend;
}

std::uint32_t baseline_stops_last_hour(RunbookScene& scene) {
    while (!scene.baseline_stops.empty() && scene.now - scene.baseline_stops.front() >= baseline_hour)
        scene.baseline_stops.pop_front();
    return static_cast<std::uint32_t>(scene.baseline_stops.size());
}

std::string ask(RunbookScene& scene, const Target& target, Lever lever) {
    const bool counts_as_new = !was_ordered(target);  // a retry of the same resource is not another stop
    return refusal(scene.mandate,
                   {.zone = scene.zone,
                    .provider = target.provider,
                    .lever = lever,
                    .class_ = target.class_,
                    .baseline_stops_last_hour = counts_as_new ? baseline_stops_last_hour(scene) : 0},
                   scene.wall);
}

Duration back_off(const Runbook& rules, std::uint32_t attempts) {
    Duration wait = rules.retry_first;
    for (std::uint32_t count = 1; count < attempts && wait < rules.retry_max; ++count)
        wait *= 2;
    return std::min(wait, rules.retry_max);
}

// The next lever at once; from the last one back to it, later each time.
void move_on(RunbookScene& scene, Target& target) {
    target.phase = TargetPhase::waiting;
    if (target.lever_index + 1 < levers(scene.rules, target.purpose).size()) {
        ++target.lever_index;
        target.next_try = scene.now;
        return;
    }
    ++target.attempts;
    target.next_try = scene.now + back_off(scene.rules, target.attempts);
}

void order(RunbookScene& scene, Target& target, const LeverRule& rule) {
    if (target.class_ == ResourceClass::baseline && is_stop(rule.lever) && !was_ordered(target))
        scene.baseline_stops.push_back(scene.now);
    target.step = {++scene.last_step_number};
    target.phase = TargetPhase::ordered;
    target.ordered_at = scene.now;
    target.deadline = scene.now + rule.deadline;
    target.observation_interval = first_observation_after;
    target.next_observation = scene.now + target.observation_interval;
    scene.effects.steps.push_back({target.step, scene.zone, target.provider, target.resource, rule.lever});
    if (!is_told(target))
        return;
    Fact fact = fact_about(scene, FactKind::step_intended, target);
    fact.fields = {{"step", std::to_string(target.step.number)},
                   {"lever", to_text(rule.lever)},
                   {"deadline", to_text(rule.deadline)},
                   {"class", to_text(target.class_)}};
    if (scene.mandate != nullptr)
        fact.fields.push_back({"mandate", scene.mandate->id.text});
    if (target.attempts > 0)
        fact.fields.push_back({"attempt", std::to_string(target.attempts + 1)});
    scene.facts.add(std::move(fact));
}

void tell_refusal(RunbookScene& scene, Target& target, Lever lever, const std::string& why) {
    if (target.refusal.find(why) != std::string::npos)
        return;
    target.refusal += (target.refusal.empty() ? "" : "; ") + why;
    Fact fact = fact_about(scene, FactKind::step_refused, target);
    fact.fields = {{"lever", to_text(lever)}, {"reason", why}};
    scene.facts.add(std::move(fact));
}

// From the present lever on, the first that the mandate grants.
bool order_granted(RunbookScene& scene, Target& target) {
    const std::vector<LeverRule> rules = levers(scene.rules, target.purpose);
    if (target.lever_index >= rules.size())
        target.lever_index = 0;  // the file has fewer levers now
    for (std::size_t index = target.lever_index; index < rules.size(); ++index) {
        const std::string why = ask(scene, target, rules[index].lever);
        if (why.empty()) {
            target.lever_index = static_cast<std::uint32_t>(index);
            order(scene, target, rules[index]);
            return true;
        }
        tell_refusal(scene, target, rules[index].lever, why);
    }
    // Nothing is granted from here on: begin anew later, in case authority or the hour's blast radius comes back. Until
    // then it may be gone by itself.
    scene.effects.observations.push_back({target.provider, target.resource});
    target.lever_index = 0;
    target.next_try = scene.now + scene.rules.retry_max;
    return false;
}

// Twice a second, but what is given minutes is asked for no more than twenty times or so: each question costs a cloud's
// rate limit.
Duration observation_interval_max(const Target& target) {
    constexpr Duration usual = std::chrono::milliseconds(500);
    if (target.phase != TargetPhase::ordered)
        return usual;
    return std::max(usual, (target.deadline - target.ordered_at) / 20);
}

void observe(RunbookScene& scene, Target& target) {
    if (scene.now < target.next_observation)
        return;
    scene.effects.observations.push_back({target.provider, target.resource});
    target.observation_interval = std::min(target.observation_interval * 2, observation_interval_max(target));
    target.next_observation = scene.now + target.observation_interval;
}

bool reached(const Target& target, Observed observed) {
    switch (target.purpose) {
        case Purpose::stop:
            return observed == Observed::gone;
        case Purpose::hold:
            return observed == Observed::gone || observed == Observed::frozen;
        case Purpose::resume:
            return observed == Observed::running || observed == Observed::gone;
        case Purpose::restore:
            return observed == Observed::running;
    }
    return false;
}

}  // namespace

std::vector<LeverRule> levers(const Runbook& rules, Purpose purpose) {
    switch (purpose) {
        case Purpose::stop:
            return rules.stop;
        case Purpose::hold: {
            std::vector<LeverRule> all = rules.hold;
            all.insert(all.end(), rules.stop.begin(), rules.stop.end());
            return all;
        }
        case Purpose::resume:
            return {{Lever::resume, std::chrono::seconds(2)}};
        case Purpose::restore:
            return {{Lever::start, std::chrono::seconds(60)}};
    }
    return {};
}

bool was_ordered(const Target& target) {
    return target.step.number != 0;
}

bool drive(RunbookScene& scene, Target& target) {
    switch (target.phase) {
        case TargetPhase::waiting:
            return scene.now < target.next_try || order_granted(scene, target);
        case TargetPhase::ordered:
            if (scene.now >= target.deadline) {
                Fact fact = fact_about(scene, FactKind::step_late, target);
                fact.fields = {{"step", std::to_string(target.step.number)},
                               {"observed", to_text(target.last_observed)}};
                if (is_told(target))
                    scene.facts.add(std::move(fact));
                move_on(scene, target);
                return scene.now < target.next_try || order_granted(scene, target);
            }
            observe(scene, target);
            return true;
        case TargetPhase::unverified:
            if (scene.now >= target.deadline) {
                target.phase = TargetPhase::waiting;
                return order_granted(scene, target);
            }
            observe(scene, target);
            return true;
    }
    return true;
}

void take_report(RunbookScene& scene, Target& target, const StepReport& report) {
    if (target.phase != TargetPhase::ordered || target.step != report.id)
        return;
    Fact fact = fact_about(scene, report.accepted ? FactKind::step_accepted : FactKind::step_failed, target);
    fact.fields = {{"step", std::to_string(report.id.number)}, {"after", to_text(scene.now - target.ordered_at)}};
    if (!report.accepted)
        fact.fields.push_back({"reason", report.problem});
    if (is_told(target))
        scene.facts.add(std::move(fact));
    if (report.accepted)
        target.next_observation = scene.now;  // look at once: a kill takes milliseconds
    else
        move_on(scene, target);
}

bool take_observation(RunbookScene& scene, Target& target, const Observation& observation) {
    target.last_observed = observation.observed;
    if (reached(target, observation.observed)) {
        Fact fact = fact_about(scene, FactKind::stop_observed, target);
        fact.fields = {{"observed", to_text(observation.observed)}, {"after", to_text(scene.now - target.added)}};
        if (target.step.number != 0)
            fact.fields.push_back({"step", std::to_string(target.step.number)});
        scene.facts.add(std::move(fact));
        return true;
    }
    if (target.phase == TargetPhase::unverified && observation.observed != Observed::unknown) {
        target.phase = TargetPhase::waiting;
        target.next_try = scene.now;
    }
    return false;
}

void doubt(Target& target, Instant now) {
    if (target.phase == TargetPhase::waiting) {
        target.next_try = std::min(target.next_try, now);
        return;
    }
    target.phase = TargetPhase::unverified;
    target.observation_interval = first_observation_after;
    target.next_observation = now;
    target.deadline = now + doubt_deadline;
}

Instant next_action(const Target& target) {
    if (target.phase == TargetPhase::waiting)
        return target.next_try;
    return std::min(target.next_observation, target.deadline);
}

std::string describe_progress(const Runbook& rules, const Target& target) {
    const std::vector<LeverRule> all = levers(rules, target.purpose);
    const std::string lever = target.lever_index < all.size() ? to_text(all[target.lever_index].lever) : "no lever";
    switch (target.phase) {
        case TargetPhase::waiting:
            return target.refusal.empty() ? lever + " comes next" : "refused: " + target.refusal;
        case TargetPhase::ordered:
            return lever + " ordered, observed " + to_text(target.last_observed);
        case TargetPhase::unverified:
            return lever + " was ordered before a restart, being observed";
    }
    return {};
}

}  // namespace noodstop::core
