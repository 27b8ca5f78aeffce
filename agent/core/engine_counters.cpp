#include "agent/core/engine_impl.hpp"

namespace noodstop::core {

// Counted with the charges of limits, but for itself: a zone may have no limit, and windows begin anew.
void Engine::Impl::count_spent(const ProviderRoom& provider, Money amount) {
    for (const std::size_t place : provider.zones)
        if (zones[place].spent)
            zones[place].spent->amount += amount;
}

// Once and for all: a beginning that moved with the clock would look like another one.
void Engine::Impl::date_spent() {
    if (!time.trusted())
        return;
    for (ZoneRoom& zone : zones)
        if (zone.spent && !zone.spent->since)
            zone.spent->since = wall - (now - zone.spent->began);
}

// While nobody is told nothing is counted: what begins again begins at nothing, and says since when.
void Engine::Impl::follow_channel(ZoneRoom& zone) const {
    if (!wants_samples(policy.agent.channel))
        zone.spent.reset();
    else if (!zone.spent)
        zone.spent = Spent{{}, now, std::nullopt};
}

// Only if the process before has counted to the end: what an earlier one has left is told by nobody any more.
void Engine::Impl::recover_spent(ZoneRoom& zone, const Recovered& recovered) {
    const auto piece = recovered.state.find(spent_key(zone.policy.name));
    if (!zone.spent || piece == recovered.state.end())
        return;
    Spent spent;
    if (from_bytes(piece->second, spent) && spent.amount.micros >= 0)
        zone.spent = spent;
    else
        recovery_problems.push_back("what zone " + zone.policy.name.text + " has spent in all could not be read");
}

std::vector<Counter> Engine::Impl::counters() const {
    std::vector<Counter> all;
    if (!wants_samples(policy.agent.channel))
        return all;
    for (const ZoneRoom& zone : zones) {
        const TenantName& tenant = zone.policy.tenant;
        all.push_back({{CounterKind::zone_spend, tenant, zone.policy.name, {}, {}, {}, currency_of(tenant)},
                       zone.spent->amount,
                       zone.spent->since,
                       wall});
    }
    for (const LimitRoom& limit : limits) {
        const Limit& rule = limit.watch.rule();
        if (rule.kind != LimitKind::spend || limit.zones.empty())
            continue;
        const TenantName& tenant = zones[limit.zones.front()].policy.tenant;
        all.push_back(
            {{CounterKind::limit_used, tenant, rule.zone.value_or(ZoneName{}), rule.name, {}, {}, currency_of(tenant)},
             Money{limit.watch.used()},
             limit.watch.window().began_wall(),
             wall});
    }
    for (const ProviderRoom& provider : providers)
        append_resource_counters(provider, all);
    return all;
}

// Of a provider that several zones share, resources belong to none of them alone.
void Engine::Impl::append_resource_counters(const ProviderRoom& provider, std::vector<Counter>& all) const {
    CounterName name{CounterKind::resource_spend,
                     {},
                     {},
                     {},
                     provider.meter.policy().name,
                     {},
                     provider.meter.prices().list().currency};
    if (provider.zones.size() == 1) {
        name.tenant = zones[provider.zones.front()].policy.tenant;
        name.zone = zones[provider.zones.front()].policy.name;
    }
    all.reserve(all.size() + provider.meter.resources().size());
    for (const Metered& resource : provider.meter.resources()) {
        name.resource = resource.id;
        all.push_back({name, provider.meter.accrued(resource, now), std::nullopt, wall});
    }
}

}  // namespace noodstop::core
