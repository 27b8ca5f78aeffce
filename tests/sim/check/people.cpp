#include "tests/sim/check/people.hpp"

#include "tests/sim/check/rules.hpp"

#include <algorithm>
#include <set>

namespace noodstop::sim {
namespace {

bool are_enough(const core::Order& order, const core::Mandate* mandate) {
    std::set<std::string> names;
    for (const core::Identity& one : order.given_by)
        if (!one.text.empty())
            names.insert(one.text);
    return names.size() >= (mandate == nullptr ? 1 : mandate->loosening_quorum);
}

// Of a zone that the file names no more the mandate that it had. No reload of a life changes a quorum or a ceiling.
bool are_enough(const World& world, const core::Order& order, const core::ZoneName& name) {
    for (const core::Policy* policy : {&world.configuration(), &world.plan().policy})
        if (const core::ZonePolicy* zone = find_zone(*policy, name))
            return are_enough(order, find_mandate(*policy, *zone));
    return false;
}

bool is_lawful_raise(const core::Policy& policy, const core::Order& order) {
    const auto limit = std::find_if(policy.limits.begin(), policy.limits.end(),
                                    [&](const core::Limit& one) { return one.name == order.limit; });
    if (limit == policy.limits.end() || !order.raise_to)
        return false;
    std::optional<core::Money> ceiling;
    for (const core::ZonePolicy& zone : policy.zones) {
        const core::Mandate* mandate = find_mandate(policy, zone);
        if (!covers(*limit, zone) || mandate == nullptr)
            continue;
        if (!are_enough(order, mandate))
            return false;
        for (const core::LimitCeiling& named : mandate->ceilings)
            if (named.limit == order.limit)
                ceiling = std::min(ceiling.value_or(core::money_max), named.amount_max);
    }
    return ceiling && *order.raise_to <= *ceiling;
}

}  // namespace

void People::replied(const core::Order& order, const core::OrderAnswer&, Duration now) {
    for (Given& given : given_)
        if (!given.answered_at && given.order.kind == order.kind && given.order.zone == order.zone &&
            given.order.limit == order.limit && given.order.raise_to == order.raise_to &&
            given.order.given_by == order.given_by) {
            given.answered_at = now;
            return;
        }
}

void People::forget_before(Duration moment) {
    std::erase_if(given_, [&](const Given& given) { return given.answered_at && *given.answered_at < moment; });
}

bool People::ordered(core::OrderKind kind, const core::ZoneName& zone) const {
    return std::any_of(given_.begin(), given_.end(),
                       [&](const Given& given) { return given.order.kind == kind && given.order.zone == zone; });
}

bool People::ordered_by_enough(const World& world, core::OrderKind kind, const core::ZoneName& zone) const {
    return std::any_of(given_.begin(), given_.end(), [&](const Given& given) {
        return given.order.kind == kind && given.order.zone == zone && are_enough(world, given.order, zone);
    });
}

// A zone that the file has lost stays in force while it is closed: what either file allows is lawful.
std::vector<std::int64_t> People::lawful_raises(const World& world, const core::LimitName& limit) const {
    std::vector<std::int64_t> raises;
    for (const Given& given : given_) {
        const core::Order& order = given.order;
        const bool raises_limit = (order.kind == core::OrderKind::raise || order.kind == core::OrderKind::reset) &&
                                  order.limit == limit && order.raise_to;
        if (raises_limit &&
            (is_lawful_raise(world.configuration(), order) || is_lawful_raise(world.plan().policy, order)))
            raises.push_back(order.raise_to->micros);
    }
    return raises;
}

}  // namespace noodstop::sim
