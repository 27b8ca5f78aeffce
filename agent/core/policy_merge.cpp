#include "agent/core/policy_merge.hpp"

#include "agent/core/price_book.hpp"

#include <algorithm>
#include <utility>

namespace noodstop::core {
namespace {

template <class Named, class NameType>
const Named* find_named(const std::vector<Named>& among, const NameType& name) {
    const auto place = std::find_if(among.begin(), among.end(), [&name](const Named& one) { return one.name == name; });
    return place == among.end() ? nullptr : &*place;
}

const Mandate* find_mandate(const Policy& policy, const MandateId& id) {
    const auto place = std::find_if(policy.mandates.begin(), policy.mandates.end(),
                                    [&id](const Mandate& mandate) { return mandate.id == id; });
    return place == policy.mandates.end() ? nullptr : &*place;
}

// Puts `kept` in the place of what has its name, or adds it.
template <class Named>
bool put(std::vector<Named>& among, const Named& kept) {
    const auto place =
        std::find_if(among.begin(), among.end(), [&kept](const Named& one) { return one.name == kept.name; });
    if (place == among.end()) {
        among.push_back(kept);
        return true;
    }
    return std::exchange(*place, kept) != kept;
}

void put_mandate(std::vector<Mandate>& among, const Mandate& kept) {
    const auto place =
        std::find_if(among.begin(), among.end(), [&kept](const Mandate& one) { return one.id == kept.id; });
    if (place == among.end())
        among.push_back(kept);
    else
        *place = kept;
}

std::optional<std::int64_t> tighter(std::optional<std::int64_t> one, std::optional<std::int64_t> other) {
    if (!one || !other)
        return one ? one : other;
    return std::min(*one, *other);
}

bool concerns(const Limit& limit, const ZonePolicy& zone) {
    return limit.zone == zone.name || limit.tenant == zone.tenant;
}

// An empty list allows everything.
bool allows_more(const std::vector<std::string>& next, const std::vector<std::string>& before) {
    return !before.empty() && (next.empty() || std::any_of(next.begin(), next.end(), [&before](const auto& one) {
                                   return std::find(before.begin(), before.end(), one) == before.end();
                               }));
}

bool is_looser(const Limit& next, const Limit& before) {
    const auto loosened = [](std::optional<std::int64_t> after, std::optional<std::int64_t> earlier) {
        return earlier && (!after || *after > *earlier);
    };
    return next.kind != before.kind || loosened(next.stop, before.stop) || loosened(next.hold, before.hold) ||
           next.shed_to > before.shed_to || next.confirm > before.confirm || next.window != before.window ||
           next.window_length < before.window_length || next.tenant != before.tenant || next.zone != before.zone ||
           next.counted != before.counted || next.allow_stage < before.allow_stage ||
           allows_more(next.regions, before.regions) || allows_more(next.skus, before.skus) ||
           allows_more(next.kinds, before.kinds);
}

Limit as_tight_as_both(const Limit& before, const Limit& next) {
    Limit kept = before;
    if (next.kind != before.kind)
        return kept;
    kept.warn = tighter(before.warn, next.warn);
    kept.hold = tighter(before.hold, next.hold);
    kept.stop = tighter(before.stop, next.stop);
    kept.shed_to = std::min(before.shed_to, next.shed_to);
    kept.confirm = std::min(before.confirm, next.confirm);
    return kept;
}

void keep_limit(Merged& merged, const Limit& before, const std::string& why) {
    const Limit* next = find_named(merged.policy.limits, before.name);
    if (next != nullptr && !is_looser(*next, before))
        return;
    const Limit kept = next == nullptr ? before : as_tight_as_both(before, *next);
    put(merged.policy.limits, kept);
    merged.kept.push_back("limit " + before.name.text + " is not loosened: " + why);
}

void keep_closed_zone(Merged& merged, const Policy& in_force, const ZonePolicy& zone) {
    const std::string why = "zone " + zone.name.text + " is tripped or latched";
    if (put(merged.policy.zones, zone))
        merged.kept.push_back("zone " + zone.name.text + " stays as it was until it is reset");
    if (const TenantPolicy* tenant = find_named(in_force.tenants, zone.tenant))
        put(merged.policy.tenants, *tenant);
    if (const Runbook* runbook = find_named(in_force.runbooks, zone.runbook))
        put(merged.policy.runbooks, *runbook);
    if (const Mandate* mandate = find_mandate(in_force, zone.mandate))
        put_mandate(merged.policy.mandates, *mandate);
    for (const ProviderName& name : zone.providers) {
        const ProviderPolicy* provider = find_named(in_force.providers, name);
        if (provider == nullptr)
            continue;
        put(merged.policy.providers, *provider);
        const PriceList* prices = find_named(in_force.price_lists, provider->price_list);
        if (prices != nullptr && find_named(merged.policy.price_lists, prices->name) == nullptr)
            merged.policy.price_lists.push_back(*prices);
    }
    for (const Limit& limit : in_force.limits)
        if (concerns(limit, zone))
            keep_limit(merged, limit, why);
}

void keep_quorum(Merged& merged, const Policy& in_force, const ZonePolicy& zone) {
    const Mandate* mandate = find_mandate(in_force, zone.mandate);
    if (mandate == nullptr || mandate->loosening_quorum <= 1)
        return;
    const std::string why =
        "mandate " + mandate->id.text + " wants " + std::to_string(mandate->loosening_quorum) + " people for that";
    for (const Limit& limit : in_force.limits)
        if (concerns(limit, zone))
            keep_limit(merged, limit, why);
}

bool is_repriced(const PriceList& before, const PriceList& after) {
    if (before.unknown_price != after.unknown_price)
        return true;
    if (before.prices == after.prices)
        return false;
    const PriceBook old_book(before), new_book(after);
    const auto differs = [&](const Price& row, bool only_if_known) {
        const Variety variety{row.sku, row.family, row.region, {}};
        const Quote was = old_book.quote(variety);
        return (was.known || !only_if_known) && was.rates != new_book.quote(variety).rates;
    };
    return std::any_of(before.prices.begin(), before.prices.end(),
                       [&differs](const Price& row) { return differs(row, false); }) ||
           std::any_of(after.prices.begin(), after.prices.end(),
                       [&differs](const Price& row) { return differs(row, true); });
}

}  // namespace

Merged merge(const Policy& in_force, const Policy& next, const std::set<ZoneName>& closed) {
    Merged merged{next, {}};
    for (const ZonePolicy& zone : in_force.zones) {
        if (closed.contains(zone.name))
            keep_closed_zone(merged, in_force, zone);
        else if (find_named(next.zones, zone.name) != nullptr)
            keep_quorum(merged, in_force, zone);
    }
    return merged;
}

ProviderPrices prices_of(const Policy& policy) {
    ProviderPrices prices;
    for (const ProviderPolicy& provider : policy.providers)
        if (const PriceList* list = find_named(policy.price_lists, provider.price_list))
            prices.emplace(provider.name, *list);
    return prices;
}

bool changes_prices(const ProviderPrices& before, const ProviderPrices& after) {
    return std::any_of(before.begin(), before.end(), [&after](const auto& entry) {
        const auto next = after.find(entry.first);
        return next != after.end() && is_repriced(entry.second, next->second);
    });
}

}  // namespace noodstop::core
