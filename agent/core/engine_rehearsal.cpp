#include "agent/core/engine_impl.hpp"

#include <algorithm>

namespace noodstop::core {
namespace {

constexpr Duration answer_deadline = std::chrono::seconds(10);
constexpr Duration rehearsal_interval = std::chrono::hours(1);
constexpr Duration retry_interval = std::chrono::seconds(30);

bool has(const ProviderRoom& provider, RehearsalAnswer answer) {
    return std::any_of(provider.rehearsal.begin(), provider.rehearsal.end(),
                       [answer](const RehearsalLine& line) { return line.answer == answer; });
}

}  // namespace

void Engine::Impl::mind_rehearsals() {
    for (std::size_t place = 0; place < providers.size(); ++place) {
        ProviderRoom& provider = providers[place];
        if (provider.rehearsal_deadline && now >= *provider.rehearsal_deadline) {
            Rehearsal silence{provider.meter.policy().name, {}};
            for (const Lever lever : granted_levers(provider))
                silence.lines.push_back({lever, RehearsalAnswer::no_answer, "no answer in time"});
            take(silence);
        }
        if (!provider.rehearsal_deadline && now >= provider.next_rehearsal)
            rehearse(place);
    }
    answer_rehearsals();
}

void Engine::Impl::rehearse(std::size_t place) {
    ProviderRoom& provider = providers[place];
    const std::vector<Lever> levers_to_ask = granted_levers(provider);
    provider.next_rehearsal = now + rehearsal_interval;
    if (levers_to_ask.empty()) {
        provider.rehearsed = true;
        return;
    }
    provider.rehearsal_deadline = now + answer_deadline;
    effects.rehearsals.push_back({provider.meter.policy().name, levers_to_ask});
}

std::vector<Lever> Engine::Impl::granted_levers(const ProviderRoom& provider) const {
    std::set<Lever> granted;
    for (const std::size_t zone : provider.zones)
        if (zones[zone].mandate)
            for (const Grant& grant : zones[zone].mandate->grants)
                if (grant.provider == provider.meter.policy().name)
                    granted.insert(grant.levers.begin(), grant.levers.end());
    return {granted.begin(), granted.end()};
}

void Engine::Impl::take(const Rehearsal& rehearsal) {
    const auto place = provider_place(rehearsal.provider);
    if (!place)
        return;
    ProviderRoom& provider = providers[*place];
    const bool changed = !provider.rehearsed || provider.rehearsal.size() != rehearsal.lines.size() ||
                         !std::equal(provider.rehearsal.begin(), provider.rehearsal.end(), rehearsal.lines.begin(),
                                     [](const RehearsalLine& left, const RehearsalLine& right) {
                                         return left.lever == right.lever && left.answer == right.answer;
                                     });
    provider.rehearsal = rehearsal.lines;
    provider.rehearsed = true;
    provider.rehearsal_deadline.reset();
    const bool all_ready = !has(provider, RehearsalAnswer::refused) && !has(provider, RehearsalAnswer::no_answer);
    provider.next_rehearsal = now + (all_ready ? rehearsal_interval : retry_interval);
    if (!changed)
        return;
    Fact told = fact(FactKind::rehearsed);
    told.provider = rehearsal.provider;
    for (const RehearsalLine& line : rehearsal.lines)
        told.fields.push_back(
            {to_text(line.lever), to_text(line.answer) + (line.detail.empty() ? "" : ": " + line.detail)});
    facts.note(told);
}

void Engine::Impl::take(const RehearsalRequest& request) {
    RehearsalWait wait{request.request, {}};
    for (std::size_t place = 0; place < providers.size(); ++place) {
        const Places& of = providers[place].zones;
        const auto zone = zone_place(request.zone);
        if (!request.zone.empty() && (!zone || std::find(of.begin(), of.end(), *zone) == of.end()))
            continue;
        if (!providers[place].rehearsal_deadline)
            rehearse(place);
        wait.providers.push_back(place);
    }
    if (wait.providers.empty())
        effects.replies.push_back({request.request, {false, "there is no zone " + request.zone.text}});
    else
        rehearsal_waits.push_back(std::move(wait));
}

void Engine::Impl::answer_rehearsals() {
    std::erase_if(rehearsal_waits, [this](const RehearsalWait& wait) {
        const bool waiting = std::any_of(wait.providers.begin(), wait.providers.end(), [this](std::size_t place) {
            return providers[place].rehearsal_deadline.has_value();
        });
        if (waiting)
            return false;  // each provider has a deadline of its own
        OrderAnswer answer{true, {}};
        for (const std::size_t place : wait.providers)
            for (const RehearsalLine& line : providers[place].rehearsal) {
                answer.accepted = answer.accepted && line.answer == RehearsalAnswer::ready;
                answer.message += providers[place].meter.policy().name.text + " " + to_text(line.lever) + ": " +
                                  to_text(line.answer) + (line.detail.empty() ? "" : ", " + line.detail) + "\n";
            }
        effects.replies.push_back({wait.request, answer});
        return true;
    });
}

// The first lever that the rehearsal refused of those that this zone's mandate grants.
std::string Engine::Impl::refused_lever(const ZoneRoom& zone) const {
    for (const std::size_t place : zone.providers)
        for (const RehearsalLine& line : providers[place].rehearsal)
            if (line.answer == RehearsalAnswer::refused && zone.mandate &&
                grants(*zone.mandate, providers[place].meter.policy().name, line.lever))
                return std::string(to_text(line.lever)) + ", " + line.detail;
    return {};
}

bool Engine::Impl::rehearsed(const ZoneRoom& zone) const {
    return std::all_of(zone.providers.begin(), zone.providers.end(),
                       [this](std::size_t place) { return providers[place].rehearsed; });
}

bool Engine::Impl::unanswered(const ZoneRoom& zone) const {
    return std::any_of(zone.providers.begin(), zone.providers.end(), [this](std::size_t place) {
        return !providers[place].rehearsed || has(providers[place], RehearsalAnswer::no_answer);
    });
}

// A valid mandate and a rehearsal that refused nothing lead out of disarmed; a lever refused later impairs, and never
// disarms.
void Engine::Impl::mind_readiness(std::size_t place) {
    ZoneRoom& zone = zones[place];
    Breaker& breaker = zone.breaker;
    const std::string refused = refused_lever(zone);
    const bool unproven = unanswered(zone);
    if (breaker.state == BreakerState::disarmed) {
        breaker.unproven = unproven;
        if (breaker.disarmed_by_order || zone.policy.mode == ZoneMode::disarmed || !zone.mandate ||
            !is_valid(*zone.mandate, wall) || !rehearsed(zone) || !refused.empty())
            return;
        if (zone.policy.mode == ZoneMode::armed)
            return change_state(place, BreakerState::armed, FactKind::armed, "configured so, and the mandate is valid");
        breaker.observe_until = zone.policy.observe_until;
        return change_state(place, BreakerState::observing, FactKind::observing,
                            "configured so, and the mandate is valid");
    }
    if (breaker.unproven != unproven) {
        breaker.unproven = unproven;
        mark_zone(zone);
    }
    const bool impaired = !refused.empty() || !zone.mandate || !is_valid(*zone.mandate, wall);
    if (impaired == breaker.impaired || (!impaired && !breaker.targets.empty()))
        return;
    breaker.impaired = impaired;
    Fact told = fact(impaired ? FactKind::impaired : FactKind::impairment_ended, zone);
    if (impaired)
        told.fields = {{"reason", !refused.empty() ? "the rehearsal refused " + refused : "no valid mandate"}};
    facts.note(told);
    mark_zone(zone);
}

}  // namespace noodstop::core
