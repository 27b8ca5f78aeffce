#include "agent/core/engine_impl.hpp"

#include <algorithm>

namespace noodstop::core {
namespace {

OrderAnswer done(std::string message) {
    return {true, std::move(message)};
}
OrderAnswer refused(std::string message) {
    return {false, std::move(message)};
}

// Of the orders that set a mode.
BreakerState ordered_state(OrderKind kind) {
    if (kind == OrderKind::disarm)
        return BreakerState::disarmed;
    return kind == OrderKind::arm ? BreakerState::armed : BreakerState::observing;
}

std::string order_reason(const Order& order) {
    return order.given_by.front().text + " ordered it: " + order.reason;
}

}  // namespace

OrderAnswer Engine::Impl::carry_out(const Order& order) {
    if (order.given_by.empty() || order.given_by.front().empty())
        return refused("an order needs an identity");
    if (order.reason.empty())
        return refused("an order needs a reason");
    const auto zone = zone_place(order.zone);
    const bool needs_zone = order.kind != OrderKind::acknowledge_prices && order.kind != OrderKind::raise;
    if (needs_zone && !zone)
        return refused("there is no zone " + order.zone.text);
    switch (order.kind) {
        case OrderKind::trip:
            return order_trip(order, *zone);
        case OrderKind::reset:
            return order_reset(order, *zone);
        case OrderKind::raise:
            return order_raise(order);
        case OrderKind::disarm:
        case OrderKind::arm:
        case OrderKind::observe:
            return order_mode(order, *zone);
        case OrderKind::acknowledge_prices:
            return order_acknowledgement();
        case OrderKind::restore:
            return order_restore(*zone);
    }
    return refused("unknown order");
}

OrderAnswer Engine::Impl::order_trip(const Order& order, std::size_t place) {
    ZoneRoom& zone = zones[place];
    if (!zone.mandate)
        return refused("zone " + zone.policy.name.text + " has no mandate, so nobody may stop anything in it");
    if (!is_valid(*zone.mandate, wall))
        return refused("mandate " + zone.mandate->id.text + " is not valid now");
    if (!grants_any_stop(*zone.mandate, zone.policy.providers))
        return refused("mandate " + zone.mandate->id.text + " grants no stop");
    if (zone.breaker.closed())
        return order_trip_of_survivors(order, place);
    const std::vector<Candidate> among = candidates({place}, nullptr);
    Fact cause = fact(FactKind::tripped, zone);
    cause.fields = {{"by", order.given_by.front().text}, {"order_reason", order.reason}};
    trip({place}, among, shed_all(among), cause);
    return done("zone " + zone.policy.name.text + " is tripped");
}

// A closed zone can only lose what its trip decided to leave running.
OrderAnswer Engine::Impl::order_trip_of_survivors(const Order& order, std::size_t place) {
    const ZoneRoom& zone = zones[place];
    const std::string name = "zone " + zone.policy.name.text + " is " + to_text(zone.breaker.state);
    const std::vector<Candidate> among = candidates({place}, nullptr);
    const Choice choice = shed_all(among);
    if (choice.empty())
        return refused(name + " already");
    shed_more({}, "a survivor, and " + order.given_by.front().text + " ordered a trip", among, choice);
    return done(name + " already; its " + std::to_string(choice.size()) + " survivors are being stopped too");
}

std::string Engine::Impl::reset_refusal(const Order& order, std::size_t place) const {
    const ZoneRoom& zone = zones[place];
    const std::string name = "zone " + zone.policy.name.text;
    if (zone.breaker.state == BreakerState::tripped)
        return name + " is still being stopped: its safe state was not observed yet";
    if (zone.breaker.state != BreakerState::latched)
        return name + " is " + to_text(zone.breaker.state) + ", not latched";
    if (const std::string why = quorum_refusal(order, {place}); !why.empty())
        return why;
    if (!order.limit.empty() || order.raise_to)
        if (const std::string why = raise_refusal(order); !why.empty())
            return why;
    for (const LimitRoom& limit : limits) {
        const LimitWatch& watch = limit.watch;
        if (std::find(limit.zones.begin(), limit.zones.end(), place) == limit.zones.end() ||
            !watch.reached(Stage::stop))
            continue;
        if (watch.rule().name == order.limit && order.raise_to && watch.exposure() < order.raise_to->micros)
            continue;
        return "limit " + watch.rule().name.text + " is still reached: " + amount_text(limit, watch.exposure()) +
               " of " + threshold_text(limit, Stage::stop) +
               "; wait for its window to end, or raise it with the same order";
    }
    return {};
}

// A reset permits a restart and restarts nothing.
OrderAnswer Engine::Impl::order_reset(const Order& order, std::size_t place) {
    if (const std::string why = reset_refusal(order, place); !why.empty())
        return refused(why);
    if (order.raise_to)
        raise_limit(order);
    change_state(place, BreakerState::armed, FactKind::reset, order_reason(order));
    const std::string answer =
        "zone " + order.zone.text + " is armed again; nothing was restarted" + headroom_text(place);
    if (waiting_policy)  // what it says of this zone counts now, its mandate too; other closed ones keep theirs
        take(PolicyChange{*std::exchange(waiting_policy, std::nullopt)});
    return done(answer);
}

// How much of the scarcest spend limit is left: little, after a trip that kept the bill under it.
std::string Engine::Impl::headroom_text(std::size_t place) const {
    const LimitRoom* scarcest = nullptr;
    const auto left = [](const LimitRoom& limit) {
        return *limit.watch.threshold(Stage::stop) - limit.watch.exposure();
    };
    for (const LimitRoom& limit : limits)
        if (limit.watch.rule().kind == LimitKind::spend && limit.watch.threshold(Stage::stop) &&
            std::find(limit.zones.begin(), limit.zones.end(), place) != limit.zones.end() &&
            (scarcest == nullptr || left(limit) < left(*scarcest)))
            scarcest = &limit;
    if (scarcest == nullptr)
        return {};
    return "; limit " + scarcest->watch.rule().name.text + " has " + amount_text(*scarcest, left(*scarcest)) + " of " +
           amount_text(*scarcest, *scarcest->watch.threshold(Stage::stop)) + " left";
}

OrderAnswer Engine::Impl::order_raise(const Order& order) {
    if (const std::string why = raise_refusal(order); !why.empty())
        return refused(why);
    raise_limit(order);
    return done("limit " + order.limit.text + " is raised");
}

std::string Engine::Impl::raise_refusal(const Order& order) const {
    const auto limit = std::find_if(limits.begin(), limits.end(),
                                    [&order](const LimitRoom& room) { return room.watch.rule().name == order.limit; });
    if (limit == limits.end())
        return "there is no limit " + order.limit.text;
    if (!order.raise_to)
        return "raising needs an amount";
    const auto stop = limit->watch.threshold(Stage::stop);
    if (!stop)
        return "limit " + order.limit.text + " has no stop stage";
    if (order.raise_to->micros <= *stop)
        return "limit " + order.limit.text + " is at " + amount_text(*limit, *stop) + " already";
    if (const std::string why = quorum_refusal(order, limit->zones); !why.empty())
        return why;
    std::optional<Money> ceiling;
    for (const std::size_t zone : limit->zones)
        if (zones[zone].mandate)
            for (const LimitCeiling& named : zones[zone].mandate->ceilings)
                if (named.limit == order.limit)
                    ceiling = std::min(ceiling.value_or(money_max), named.amount_max);
    if (!ceiling)
        return "no mandate says how far limit " + order.limit.text + " may be raised";
    if (*order.raise_to > *ceiling)
        return "the mandate lets limit " + order.limit.text + " be raised to " + amount_text(*limit, ceiling->micros) +
               " at most";
    return {};
}

void Engine::Impl::raise_limit(const Order& order) {
    LimitRoom& limit = *find_limit(order.limit);
    limit.watch.raise(order.raise_to->micros);
    Fact raised = fact(FactKind::limit_raised, limit);
    raised.fields = {{"to", amount_text(limit, order.raise_to->micros)},
                     {"by", order.given_by.front().text},
                     {"reason", order.reason}};
    facts.add(raised);
    evaluate(limit);
    // Whole, not the limit alone: a ledger newer than its meters would be charged twice after a crash.
    for (auto& [key, piece] : save())
        effects.state[key] = std::move(piece);
}

std::string Engine::Impl::quorum_refusal(const Order& order, const Places& among) const {
    std::set<Identity> distinct(order.given_by.begin(), order.given_by.end());
    distinct.erase(Identity{});
    for (const std::size_t zone : among) {
        const Mandate* mandate = zones[zone].mandate_or_null();
        const std::size_t needed = mandate != nullptr ? mandate->loosening_quorum : 1;
        if (distinct.size() < needed)
            return "mandate " + mandate->id.text + " wants " + std::to_string(needed) + " people for this, " +
                   std::to_string(distinct.size()) + " gave the order";
    }
    return {};
}

OrderAnswer Engine::Impl::order_mode(const Order& order, std::size_t place) {
    ZoneRoom& zone = zones[place];
    const std::string& name = zone.policy.name.text;
    if (zone.breaker.closed())
        return refused("zone " + name + " is " + to_text(zone.breaker.state) + "; reset it first");
    if (order.kind != OrderKind::disarm && (!zone.mandate || !is_valid(*zone.mandate, wall)))
        return refused("zone " + name + " has no valid mandate");
    if (order.kind != OrderKind::arm)
        if (const std::string why = quorum_refusal(order, {place}); !why.empty())
            return refused(why);
    const bool is_there = zone.breaker.state == ordered_state(order.kind);
    if (!is_there && order.kind != OrderKind::disarm)
        if (const std::string lever = refused_lever(zone); !lever.empty())
            return refused("the rehearsal refused: " + lever);
    zone.breaker.disarmed_by_order = order.kind == OrderKind::disarm;
    mark_zone(zone);
    if (is_there && order.kind == OrderKind::disarm)
        zone.breaker.reason = order_reason(order);
    if (is_there)
        return done("zone " + name + " is " + to_text(zone.breaker.state) + " already");
    if (order.kind == OrderKind::disarm) {
        change_state(place, BreakerState::disarmed, FactKind::disarmed, order_reason(order));
        return done("zone " + name + " is disarmed: nothing will be stopped in it");
    }
    if (order.kind == OrderKind::observe) {
        if (zone.breaker.observe_until && *zone.breaker.observe_until <= wall)
            zone.breaker.observe_until.reset();
        change_state(place, BreakerState::observing, FactKind::observing, order_reason(order));
        return done("zone " + name + " observes until " + to_text(*zone.breaker.observe_until));
    }
    change_state(place, BreakerState::armed, FactKind::armed, order_reason(order));
    return done("zone " + name + " is armed");
}

OrderAnswer Engine::Impl::order_restore(std::size_t place) {
    ZoneRoom& zone = zones[place];
    if (zone.breaker.closed())
        return refused("zone " + zone.policy.name.text + " is " + to_text(zone.breaker.state) + "; reset it first");
    if (zone.breaker.stopped_baseline.empty())
        return refused("no baseline resource of zone " + zone.policy.name.text + " was stopped");
    for (const auto& [provider, resource] : zone.breaker.stopped_baseline)
        if (zone.breaker.target(provider, resource) == nullptr)
            add_target(place, provider, resource, ResourceClass::baseline, Purpose::restore);
    return done(std::to_string(zone.breaker.stopped_baseline.size()) + " baseline resources are being started");
}

OrderAnswer Engine::Impl::order_acknowledgement() {
    if (!prices_pending)
        return refused("no changed price waits for acknowledgement");
    prices_pending = false;
    acknowledged = prices_of(policy);
    for (LimitRoom& limit : limits)
        limit.watch.window().acknowledge_prices();
    connect();
    facts.note(fact(FactKind::price_acknowledged));
    for (auto& [key, piece] : save())
        effects.state[key] = std::move(piece);
    return done("the changed prices decide from now on");
}

}  // namespace noodstop::core
