#include "agent/core/engine_impl.hpp"

#include <algorithm>

namespace noodstop::core {
namespace {

bool contains(const std::vector<std::string>& allowed, const std::string& value) {
    return allowed.empty() || std::find(allowed.begin(), allowed.end(), value) != allowed.end();
}

bool contains(const Places& places, std::size_t place) {
    return std::find(places.begin(), places.end(), place) != places.end();
}

}  // namespace

void Engine::Impl::evaluate_limits() {
    for (LimitRoom& limit : limits) {
        evaluate(limit);
        tell_stages(limit);
    }
}

void Engine::Impl::evaluate(LimitRoom& limit) {
    apply_exceptions(limit);
    limit.watch.evaluate(usage(limit), now);
}

Usage Engine::Impl::usage(const LimitRoom& limit) const {
    Usage usage;
    for (const std::size_t place : limit.providers) {
        const Meter& meter = providers[place].meter;
        usage.assumed += meter.assumed(now);
        usage.rates += meter.rates(now);
        usage.poll_interval = std::max(usage.poll_interval, meter.policy().poll_interval);
    }
    for (const std::size_t zone : limit.zones)
        usage.reaction = std::max(usage.reaction, reaction(zones[zone]));
    usage.good_look = is_fresh_for(limit.providers);
    const LimitKind kind = limit.watch.rule().kind;
    if (usage.good_look && (kind == LimitKind::count || kind == LimitKind::allow))
        usage.counted = counted(limit);
    return usage;
}

// Poll interval plus every lever's deadline is what a stop may take by the rules; what stops have taken may be more.
Duration Engine::Impl::reaction(const ZoneRoom& zone) const {
    Duration poll_interval{0};
    for (const std::size_t place : zone.providers)
        poll_interval = std::max(poll_interval, providers[place].meter.policy().poll_interval);
    Duration deadlines{0};
    for (const LeverRule& rule : zone.runbook.stop)
        deadlines += rule.deadline;
    return std::max(poll_interval + deadlines, zone.breaker.slowest_stop());
}

bool Engine::Impl::is_fresh_for(const Places& of_providers) const {
    return std::any_of(fresh.begin(), fresh.end(),
                       [&](const FreshLook& look) { return look.good && contains(of_providers, look.provider); });
}

std::int64_t Engine::Impl::counted(const LimitRoom& limit) const {
    const Limit& rule = limit.watch.rule();
    std::int64_t sum = 0;
    for (const std::size_t place : limit.providers) {
        if (rule.kind == LimitKind::allow) {
            sum += offenders(rule, providers[place]);
            continue;
        }
        for (const Metered& resource : providers[place].meter.resources())
            if (is_billed(resource.activity))
                sum += weight(rule, resource);
    }
    return sum;
}

// What was agreed by name offends nobody. Whether one offends hangs on its variety alone.
std::int64_t Engine::Impl::offenders(const Limit& rule, const ProviderRoom& provider) const {
    const Meter& meter = provider.meter;
    std::vector<bool> variety_offends;
    for (const Variety& variety : meter.varieties())
        variety_offends.push_back(offends(rule, variety));
    if (std::find(variety_offends.begin(), variety_offends.end(), true) == variety_offends.end())
        return 0;
    const std::vector<ResourceClass> class_of = classes(provider);
    std::int64_t sum = 0;
    for (std::size_t index = 0; index < class_of.size(); ++index) {
        const Metered& resource = meter.resources()[index];
        sum += variety_offends[resource.variety] && is_billed(resource.activity) &&
               class_of[index] == ResourceClass::unknown;
    }
    return sum;
}

bool Engine::Impl::offends(const Limit& rule, const Variety& variety) const {
    return !contains(rule.regions, variety.region) || !contains(rule.skus, variety.sku) ||
           !contains(rule.kinds, variety.kind);
}

std::int64_t Engine::Impl::weight(const Limit& rule, const Metered& resource) const {
    switch (rule.counted) {
        case Counted::resources:
            return 1;
        case Counted::vcpus:
            return resource.vcpus;
        case Counted::gpus:
            return resource.gpus;
    }
    return 1;
}

void Engine::Impl::apply_exceptions(LimitRoom& limit) {
    std::optional<std::int64_t> highest;
    for (const std::size_t zone : limit.zones) {
        if (!zones[zone].mandate)
            continue;
        for (const PlannedException& exception : zones[zone].mandate->exceptions)
            if (exception.limit == limit.watch.rule().name && exception.from <= wall && wall < exception.until)
                highest = std::max(highest.value_or(exception.amount.micros), exception.amount.micros);
    }
    limit.watch.except(highest);
}

// Warnings and holds are told once, when they begin; a stop is told by the trip that it causes.
void Engine::Impl::tell_stages(LimitRoom& limit) {
    constexpr std::array<std::pair<Stage, FactKind>, 2> kinds{
        {{Stage::warn, FactKind::limit_warned}, {Stage::hold, FactKind::limit_held}}};
    for (const auto& [stage, kind] : kinds) {
        bool& told = limit.told[static_cast<std::size_t>(stage)];
        const bool reached = limit.watch.reached(stage);
        if (reached == told)
            continue;
        told = reached;
        Fact fact_of_stage = fact(reached ? kind : FactKind::limit_calm, limit);
        fact_of_stage.fields = {{"stage", to_text(stage)},
                                {"used", amount_text(limit, limit.watch.used())},
                                {"exposure", amount_text(limit, limit.watch.exposure())},
                                {"threshold", threshold_text(limit, stage)}};
        facts.note(fact_of_stage);
    }
    if (limit.watch.withheld() && !limit.withheld_told) {
        Fact withheld = fact(FactKind::trip_withheld, limit);
        withheld.fields = {{"exposure", amount_text(limit, limit.watch.exposure_at_new_prices())},
                           {"at_earlier_prices", amount_text(limit, limit.watch.exposure())},
                           {"reason", "at the prices before the change the limit is not reached"},
                           {"cure", "noodstop acknowledge-prices, if the new prices are right"}};
        facts.add(withheld);
    }
    limit.withheld_told = limit.watch.withheld();
}

bool Engine::Impl::caused(std::size_t zone, Stage stage) const {
    const bool by_limit = std::any_of(limits.begin(), limits.end(), [&](const LimitRoom& limit) {
        return contains(limit.zones, zone) && limit.watch.reached(stage);
    });
    if (by_limit || stage != Stage::hold)
        return by_limit;
    return std::any_of(zones[zone].providers.begin(), zones[zone].providers.end(),
                       [this](std::size_t place) { return providers[place].meter.overflowing(); });
}

void Engine::Impl::act_on_limits() {
    for (LimitRoom& limit : limits) {
        bool& told = limit.told[static_cast<std::size_t>(Stage::stop)];
        const bool reached = limit.watch.reached(Stage::stop);
        if (reached)
            enforce(limit);
        told = reached;
    }
    for (std::size_t zone = 0; zone < zones.size(); ++zone)
        mind_flags(zone);
}

// A reached stop limit trips what is armed in its scope, and sheds among the survivors of what is closed already.
void Engine::Impl::enforce(LimitRoom& limit) {
    Places armed, closed, acting;
    for (const std::size_t zone : limit.zones) {
        const Breaker& breaker = zones[zone].breaker;
        if (breaker.state == BreakerState::armed)
            armed.push_back(zone);
        else if (breaker.closed())
            closed.push_back(zone);
        else
            tell_would_trip(limit, zone);
    }
    if (armed.empty() && (closed.empty() || !is_fresh_for(limit.providers)))
        return;
    acting = armed;
    acting.insert(acting.end(), closed.begin(), closed.end());
    const std::vector<Candidate> among = candidates(acting, &limit);
    const Choice choice = choose(limit, among);
    shed_more(limit.watch.rule().name, "a survivor, and a stop limit is reached", among, choice);
    if (armed.empty())
        return;
    Fact cause = fact(FactKind::tripped, limit);
    cause.fields = {{"kind", to_text(limit.watch.rule().kind)},
                    {"used", amount_text(limit, limit.watch.used())},
                    {"exposure", amount_text(limit, limit.watch.exposure())},
                    {"stop", threshold_text(limit, Stage::stop)},
                    {"rate", to_text(limit.watch.rate())},
                    {"look", std::to_string(looks)}};
    trip(armed, among, choice, cause);
}

void Engine::Impl::tell_would_trip(LimitRoom& limit, std::size_t place) {
    ZoneRoom& zone = zones[place];
    if (zone.breaker.would_trip_told)
        return;
    zone.breaker.would_trip_told = true;
    mark_zone(zone);
    const std::vector<Candidate> among = candidates({place}, &limit);
    const Choice choice = choose(limit, among);
    Fact told = fact(FactKind::would_trip, zone);
    told.limit = limit.watch.rule().name;
    told.fields = {{"state", to_text(zone.breaker.state)},
                   {"exposure", amount_text(limit, limit.watch.exposure())},
                   {"stop", threshold_text(limit, Stage::stop)},
                   {"would_stop", std::to_string(choice.size())}};
    constexpr std::size_t named_max = 10;
    std::string names;
    for (std::size_t index = 0; index < std::min(choice.size(), named_max); ++index)
        names += (names.empty() ? "" : ",") + among[choice[index]].resource.text;
    told.fields.push_back({"first", names});
    facts.add(told);
}

// Both flags fall after `calm` good looks without cause; what begins and ends a hold hangs on one of them.
void Engine::Impl::mind_flags(std::size_t place) {
    ZoneRoom& zone = zones[place];
    Breaker& breaker = zone.breaker;
    const bool warn = caused(place, Stage::warn);
    const bool hold = caused(place, Stage::hold);
    if (warn && !breaker.warned) {
        breaker.warned = true;
        mark_zone(zone);
    }
    if (hold)
        begin_hold(place);
    if (warn || hold || (breaker.would_trip_told && caused(place, Stage::stop))) {
        breaker.calm_looks = 0;
        return;
    }
    if ((!breaker.warned && !breaker.held && !breaker.would_trip_told) || !is_fresh_for(zone.providers))
        return;
    Duration interval{0};
    for (const std::size_t provider : zone.providers)
        interval = std::max(interval, providers[provider].meter.policy().poll_interval);
    if (breaker.calm_looks > 0 && now - breaker.last_calm_look < interval / 2)
        return;
    breaker.last_calm_look = now;
    if (++breaker.calm_looks < zone.policy.calm)
        return;
    breaker.calm_looks = 0;
    breaker.warned = false;
    breaker.would_trip_told = false;
    if (breaker.held)
        end_hold(place);
    mark_zone(zone);
}

std::string Engine::Impl::threshold_text(const LimitRoom& limit, Stage stage) const {
    const auto threshold = limit.watch.threshold(stage);
    return threshold ? amount_text(limit, *threshold) : "none";
}

std::string Engine::Impl::amount_text(const LimitRoom& limit, std::int64_t amount) const {
    switch (limit.watch.rule().kind) {
        case LimitKind::spend:
            return to_text(Money{amount});
        case LimitKind::rate:
            return to_text(HourlyRate{amount});
        case LimitKind::count:
        case LimitKind::allow:
            return std::to_string(amount);
    }
    return {};
}

}  // namespace noodstop::core
