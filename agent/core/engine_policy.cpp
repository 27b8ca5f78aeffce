#include "agent/core/archive_policy.hpp"
#include "agent/core/engine_impl.hpp"

#include <algorithm>

namespace noodstop::core {
namespace {

std::string policy_digest(const Policy& policy) {
    Digester digester;
    digester(const_cast<Policy&>(policy));  // a Digester only reads
    return std::to_string(digester.value());
}

}  // namespace

void Engine::Impl::take(const PolicyChange& change) {
    std::set<ZoneName> closed;
    for (const ZoneRoom& zone : zones)
        if (zone.breaker.closed())
            closed.insert(zone.policy.name);
    Merged merged = merge(policy, change.policy, closed);
    waiting_policy.reset();
    if (!closed.empty())
        waiting_policy = change.policy;
    for (const std::string& sentence : merged.kept) {
        Fact kept = fact(FactKind::policy_tightened);
        kept.fields = {{"kept", sentence}};
        facts.note(kept);
    }
    configure(std::move(merged.policy));
}

void Engine::Impl::configure(Policy next) {
    const Policy before = std::exchange(policy, std::move(next));
    // Prices not yet acknowledged stay measured against the last ones that were.
    if (!prices_pending)
        acknowledged = prices_of(before);
    const bool was_pending = std::exchange(prices_pending, changes_prices(acknowledged, prices_of(policy)));
    if (!prices_pending)
        acknowledged = prices_of(policy);
    connect();
    Fact loaded = fact(FactKind::policy_loaded);
    loaded.fields = {{"policy", policy_digest(policy)}};
    facts.note(loaded);
    if (prices_pending && !was_pending) {
        Fact changed = fact(FactKind::price_changed);
        changed.fields = {{"until", "noodstop acknowledge-prices"},
                          {"meanwhile", "the earlier prices decide, the new ones warn"}};
        facts.note(changed);
    }
    tell_raised_limits(before, policy);
    adopt_modes();
    for (auto& [key, piece] : save())
        effects.state[key] = std::move(piece);
}

void Engine::Impl::tell_raised_limits(const Policy& before, const Policy& after) {
    for (const Limit& limit : after.limits)
        for (const Limit& earlier : before.limits)
            if (earlier.name == limit.name && earlier.stop && (!limit.stop || *limit.stop > *earlier.stop)) {
                LimitRoom& room = *find_limit(limit.name);
                Fact raised = fact(FactKind::limit_raised, room);
                raised.fields = {{"by", "configuration"},
                                 {"from", amount_text(room, *earlier.stop)},
                                 {"to", limit.stop ? amount_text(room, *limit.stop) : "no stop"}};
                facts.add(raised);
            }
}

// A mode acts when the file changes it; what orders have changed since is not undone by loading the same file again.
void Engine::Impl::adopt_modes() {
    for (std::size_t place = 0; place < zones.size(); ++place) {
        ZoneRoom& zone = zones[place];
        Breaker& breaker = zone.breaker;
        const ZoneMode mode = zone.policy.mode;
        if (breaker.closed() || mode == breaker.configured_mode)
            continue;
        const bool loosens = (breaker.state == BreakerState::armed && mode != ZoneMode::armed) ||
                             (breaker.state == BreakerState::observing && mode == ZoneMode::disarmed);
        breaker.configured_mode = mode;
        mark_zone(zone);
        if (loosens && zone.mandate && zone.mandate->loosening_quorum > 1) {
            Fact kept = fact(FactKind::policy_tightened, zone);
            kept.fields = {{"kept", std::string("the zone stays ") + to_text(breaker.state) +
                                        ": leaving it needs the mandate's quorum"}};
            facts.note(kept);
            continue;
        }
        breaker.disarmed_by_order = false;
        if (breaker.state == BreakerState::disarmed)
            continue;  // mind_readiness() takes it from here
        breaker.observe_until = zone.policy.observe_until;
        if (mode == ZoneMode::disarmed)
            change_state(place, BreakerState::disarmed, FactKind::disarmed, "the configuration says so");
        else if (mode == ZoneMode::observing && breaker.state == BreakerState::armed)
            change_state(place, BreakerState::observing, FactKind::observing, "the configuration says so");
        else if (mode == ZoneMode::armed && breaker.state == BreakerState::observing)
            change_state(place, BreakerState::armed, FactKind::armed, "the configuration says so");
    }
}

// Makes the rooms of the policy in force; what had a room of the same name keeps its state.
void Engine::Impl::connect() {
    std::vector<ProviderRoom> old_providers = std::exchange(providers, {});
    std::vector<ZoneRoom> old_zones = std::exchange(zones, {});
    std::vector<LimitRoom> old_limits = std::exchange(limits, {});
    fresh.clear();
    changed_zones.clear();
    for (const RehearsalWait& wait : std::exchange(rehearsal_waits, {}))
        effects.replies.push_back({wait.request, {false, "the configuration has changed meanwhile: ask again"}});
    ProviderPrices prices = prices_of(policy);
    for (const ProviderPolicy& next : policy.providers) {
        const PriceList& list = prices[next.name];
        const auto deciding = acknowledged.find(next.name);
        const PriceBook current(list);
        const PriceBook before(deciding == acknowledged.end() ? list : deciding->second);
        const auto old = std::find_if(old_providers.begin(), old_providers.end(), [&next](const ProviderRoom& room) {
            return room.meter.policy().name == next.name;
        });
        if (old == old_providers.end()) {
            providers.emplace_back(Meter(next, current, before, now));
            continue;
        }
        old->zones.clear();
        old->next_rehearsal = now;
        old->meter.configure(next, current, before);
        providers.push_back(std::move(*old));
    }
    for (const ZonePolicy& next : policy.zones)
        connect_zone(next, old_zones);
    for (const Limit& next : policy.limits)
        connect_limit(next, old_limits);
}

void Engine::Impl::connect_zone(const ZonePolicy& next, std::vector<ZoneRoom>& old_zones) {
    ZoneRoom room;
    for (ZoneRoom& old : old_zones)
        if (old.policy.name == next.name)
            room = std::move(old);
    // The file names another date. One without a date leaves the old one: observing that nobody may end ends by itself.
    if (room.breaker.state == BreakerState::observing && next.observe_until &&
        room.policy.observe_until != next.observe_until)
        room.breaker.observe_until = next.observe_until;
    room.policy = next;
    room.mandate.reset();
    room.providers.clear();
    for (const Runbook& runbook : policy.runbooks)
        if (runbook.name == next.runbook)
            room.runbook = runbook;
    for (const Mandate& mandate : policy.mandates)
        if (mandate.id == next.mandate)
            room.mandate = mandate;
    for (const ProviderName& name : next.providers) {
        if (const auto place = provider_place(name)) {
            room.providers.push_back(*place);
            providers[*place].zones.push_back(zones.size());
        }
    }
    follow_channel(room);
    zones.push_back(std::move(room));
}

void Engine::Impl::connect_limit(const Limit& next, std::vector<LimitRoom>& old_limits) {
    LimitRoom room;
    room.watch = LimitWatch(next);
    for (LimitRoom& old : old_limits) {
        if (old.watch.rule().name != next.name)
            continue;
        room = std::move(old);
        room.zones.clear();
        room.providers.clear();
        if (next.stop != room.watch.rule().stop)
            room.watch.forget_raise();  // the file has spoken since
        room.watch.configure(next);
    }
    for (std::size_t place = 0; place < zones.size(); ++place)
        if (next.zone == zones[place].policy.name || next.tenant == zones[place].policy.tenant)
            room.zones.push_back(place);
    for (const std::size_t zone : room.zones)
        for (const std::size_t provider : zones[zone].providers)
            if (std::find(room.providers.begin(), room.providers.end(), provider) == room.providers.end())
                room.providers.push_back(provider);
    limits.push_back(std::move(room));
}

}  // namespace noodstop::core
