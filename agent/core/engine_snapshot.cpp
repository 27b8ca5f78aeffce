#include "agent/core/engine_impl.hpp"

#include <algorithm>
#include <tuple>

namespace noodstop::core {
namespace {

std::string kind_of(const ProviderPolicy& policy) {
    return std::holds_alternative<CgroupSettings>(policy.settings) ? "cgroup" : "process";
}

ProviderStatus provider_status(const ProviderRoom& room, Instant now) {
    const Meter& meter = room.meter;
    ProviderStatus status;
    status.name = meter.policy().name;
    status.kind = kind_of(meter.policy());
    if (room.last_good)
        status.look_age = now - *room.last_good;
    status.blind = meter.blind(now) || !meter.ever_looked();
    status.problem = meter.problem();
    status.resource_count = meter.resources().size();
    status.rate = meter.rate(now);
    status.rehearsal = room.rehearsal;
    return status;
}

}  // namespace

Snapshot Engine::Impl::snapshot() const {
    Snapshot snapshot;
    snapshot.agent = policy.agent.name;
    snapshot.at = now;
    snapshot.wall = wall;
    snapshot.time_trusted = time.trusted();
    snapshot.prices_pending = prices_pending;
    snapshot.looks = looks;
    for (const ProviderRoom& provider : providers)
        snapshot.providers.push_back(provider_status(provider, now));
    for (const ZoneRoom& zone : zones)
        snapshot.zones.push_back(status_of(zone));
    for (const LimitRoom& limit : limits)
        snapshot.limits.push_back(status_of(limit));
    for (const ProviderRoom& provider : providers)
        if (provider.stale_told)
            snapshot.warnings.push_back("prices of provider " + provider.meter.policy().name.text + " are of " +
                                        to_text(provider.meter.prices().list().as_of) + ": load a newer list");
    if (prices_pending)
        snapshot.warnings.emplace_back(
            "changed prices wait for acknowledgement (noodstop acknowledge-prices); the earlier ones decide");
    if (!time.trusted())
        snapshot.warnings.emplace_back("wall time is not synchronized: calendar windows follow the boot clock");
    snapshot.warnings.insert(snapshot.warnings.end(), recovery_problems.begin(), recovery_problems.end());
    return snapshot;
}

ZoneStatus Engine::Impl::status_of(const ZoneRoom& zone) const {
    const Breaker& breaker = zone.breaker;
    ZoneStatus status;
    status.name = zone.policy.name;
    status.tenant = zone.policy.tenant;
    status.currency = currency_of(zone.policy.tenant);
    status.providers = zone.policy.providers;
    status.state = breaker.state;
    status.warned = breaker.warned;
    status.held = breaker.held;
    status.impaired = breaker.impaired;
    status.unproven = breaker.unproven;
    status.overdue = breaker.overdue;
    status.mandate = zone.policy.mandate;
    status.mandate_signed = zone.mandate && zone.mandate->is_signed;
    if (zone.mandate)
        status.mandate_until = zone.mandate->valid_until;
    if (breaker.state == BreakerState::observing)
        status.observe_until = breaker.observe_until;
    for (const std::size_t place : zone.providers) {
        status.rate += providers[place].meter.rate(now);
        status.blind = status.blind || providers[place].meter.blind(now);
    }
    status.reaction = reaction(zone);
    status.since = breaker.since;
    status.since_wall = breaker.since_wall;
    status.reason = breaker.state == BreakerState::disarmed ? why_disarmed(zone) : breaker.reason;
    for (const Target& target : breaker.targets)
        status.targets.push_back({target.provider, target.resource, describe_progress(zone.runbook, target)});
    for (const auto& [provider, resource] : breaker.survivors)
        status.survivors.push_back(provider.text + "/" + resource.text);
    status.stopped_count = breaker.stopped_count;
    return status;
}

std::string Engine::Impl::why_disarmed(const ZoneRoom& zone) const {
    if (zone.breaker.disarmed_by_order)
        return zone.breaker.reason;
    if (!zone.mandate)
        return "no mandate";
    if (zone.policy.mode == ZoneMode::disarmed)
        return "the configuration says so";
    if (!is_valid(*zone.mandate, wall))
        return "mandate " + zone.mandate->id.text + " is valid from " + to_text(zone.mandate->valid_from) + " to " +
               to_text(zone.mandate->valid_until);
    if (const std::string lever = refused_lever(zone); !lever.empty())
        return "the rehearsal refused " + lever;
    return "the rehearsal has not been answered yet";
}

LimitStatus Engine::Impl::status_of(const LimitRoom& limit) const {
    const LimitWatch& watch = limit.watch;
    LimitStatus status;
    status.name = watch.rule().name;
    status.kind = watch.rule().kind;
    for (const std::size_t zone : limit.zones) {
        status.zones.push_back(zones[zone].policy.name);
        status.tenant = zones[zone].policy.tenant;
    }
    status.currency = currency_of(status.tenant);
    status.used = watch.used();
    status.exposure = watch.exposure();
    status.warn = watch.threshold(Stage::warn);
    status.hold = watch.threshold(Stage::hold);
    status.stop = watch.threshold(Stage::stop);
    status.time_to_stop = watch.time_to_stop();
    status.window = watch.rule().window;
    status.window_length = watch.rule().window_length;
    status.window_began = watch.window().began_wall();
    status.warned = watch.reached(Stage::warn);
    status.held = watch.reached(Stage::hold);
    status.reached = watch.reached(Stage::stop);
    return status;
}

std::string Engine::Impl::currency_of(const TenantName& tenant) const {
    for (const TenantPolicy& one : policy.tenants)
        if (one.name == tenant)
            return one.currency;
    return {};
}

std::vector<ResourceStatus> Engine::Impl::resources() const {
    std::vector<ResourceStatus> all;
    for (const ProviderRoom& provider : providers) {
        const std::vector<ResourceClass> class_of = classes(provider);
        const Meter& meter = provider.meter;
        for (std::size_t index = 0; index < class_of.size(); ++index) {
            const Metered& resource = meter.resources()[index];
            const Variety& variety = meter.variety(resource);
            ResourceStatus status{meter.policy().name,
                                  resource.id,
                                  variety.sku,
                                  variety.region,
                                  variety.kind,
                                  resource.activity,
                                  class_of[index],
                                  resource.rate(),
                                  meter.price_known(resource),
                                  meter.accrued(resource, now),
                                  {}};
            for (const std::size_t zone : provider.zones)
                status.zones.push_back(zones[zone].policy.name);
            all.push_back(std::move(status));
        }
    }
    std::stable_sort(all.begin(), all.end(), [](const ResourceStatus& left, const ResourceStatus& right) {
        return std::tie(left.provider, left.id) < std::tie(right.provider, right.id);
    });
    return all;
}

}  // namespace noodstop::core
