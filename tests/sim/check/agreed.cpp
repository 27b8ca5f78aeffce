#include "tests/sim/check/agreed.hpp"

#include <algorithm>

namespace noodstop::sim {
namespace {

// Unknown in one part is unknown in the sum.
template <class Sum, class Part>
void add(std::optional<Sum>& sum, const std::optional<Part>& part) {
    if (sum && part)
        *sum += static_cast<Sum>(*part);
    else
        sum.reset();
}

std::optional<std::int64_t> micros(const std::optional<core::HourlyRate>& rate) {
    return rate ? std::optional(rate->micros_per_hour) : std::nullopt;
}

std::vector<const core::Mandate*> mandates_for(const core::Policy& policy, const core::ProviderName& provider) {
    std::vector<const core::Mandate*> mandates;
    for (const core::ZonePolicy& zone : policy.zones)
        if (std::find(zone.providers.begin(), zone.providers.end(), provider) != zone.providers.end())
            if (const core::Mandate* mandate = find_mandate(policy, zone))
                mandates.push_back(mandate);
    return mandates;
}

}  // namespace

AgreedBounds agreed_bounds(const core::Policy& policy, const core::ProviderName& provider) {
    AgreedBounds bounds{0, 0};
    for (const core::Mandate* mandate : mandates_for(policy, provider))
        for (const core::BaselineSelector& selector : mandate->baseline)
            if (selector.provider == provider) {
                add(bounds.count, selector.count_max);
                add(bounds.rate, micros(selector.rate_max));
            }
    return bounds;
}

std::optional<std::int64_t> listed_rate(const core::Policy& policy, const core::ProviderName& provider,
                                        const std::string& sku) {
    for (const core::ProviderPolicy& one : policy.providers)
        for (const core::PriceList& list : policy.price_lists)
            if (one.name == provider && list.name == one.price_list)
                for (const core::Price& price : list.prices)
                    if (price.sku == sku && price.metric == core::Metric::running)
                        return price.rate.micros_per_hour;
    return std::nullopt;
}

bool is_beyond_protection(const core::Policy& policy, const core::ProviderName& provider, const core::ResourceId& id,
                          std::int64_t rate) {
    for (const core::Mandate* mandate : mandates_for(policy, provider))
        for (const core::ProtectedResource& kept : mandate->protected_resources)
            if (kept.provider == provider && kept.id == id &&
                (!kept.rate_max || rate <= kept.rate_max->micros_per_hour))
                return false;
    return true;
}

void EverShown::look_delivered(const core::Look& look) {
    for (const core::Reading& reading : look.readings)
        skus_[look.provider][reading.id].insert(reading.sku);
}

bool EverShown::is_within(const core::BaselineSelector& selector) const {
    const auto shown = skus_.find(selector.provider);
    if (shown == skus_.end())
        return true;
    std::uint32_t count = 0;
    std::optional<std::int64_t> rate = 0;
    for (const auto& [id, skus] : shown->second) {
        if (!id.text.starts_with(selector.prefix))
            continue;
        ++count;
        add(rate, highest_rate(selector.provider, id));
    }
    return (!selector.count_max || count <= *selector.count_max) &&
           (!selector.rate_max || (rate && *rate <= selector.rate_max->micros_per_hour));
}

bool EverShown::is_within(const core::ProtectedResource& kept) const {
    if (!kept.rate_max)
        return true;
    const std::optional<std::int64_t> rate = highest_rate(kept.provider, kept.id);
    return rate && *rate <= kept.rate_max->micros_per_hour;
}

std::optional<std::int64_t> EverShown::highest_rate(const core::ProviderName& provider,
                                                    const core::ResourceId& id) const {
    std::optional<std::int64_t> highest = 0;
    const auto shown = skus_.find(provider);
    if (shown == skus_.end())
        return highest;
    const auto skus = shown->second.find(id);
    if (skus == shown->second.end())
        return highest;
    for (const std::string& sku : skus->second)
        for (const core::Policy& policy : policies_) {
            const std::optional<std::int64_t> rate = listed_rate(policy, provider, sku);
            if (!rate)
                return std::nullopt;
            highest = std::max(highest, rate);
        }
    return highest;
}

}  // namespace noodstop::sim
