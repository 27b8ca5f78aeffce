#include "agent/config/build_policy.hpp"
#include "agent/config/relations.hpp"

#include <algorithm>

namespace noodstop::config {
namespace {

core::ZoneMode mode_of(const std::string& text) {
    for (const auto mode : {core::ZoneMode::disarmed, core::ZoneMode::observing})
        if (text == core::to_text(mode))
            return mode;
    return core::ZoneMode::armed;
}

// What the machine costs when all its CPUs are busy: the dearest CPU price that could apply, of the provider's own
// SKU before that of every SKU. Zero if CPUs have no price there.
core::HourlyRate cpu_price(const core::PriceList& list, const std::string& sku) {
    for (const auto& wanted : {sku, std::string("*")}) {
        core::HourlyRate dearest;
        for (const auto& price : list.prices) {
            if (price.metric == core::Metric::cpu && price.sku == wanted)
                dearest = std::max(dearest, price.rate);
        }
        if (dearest.micros_per_hour > 0)
            return dearest;
    }
    return {};
}

core::HourlyRate standard_blind_rate(const core::PriceList& list, const std::string& sku, unsigned cpus) {
    auto price = cpu_price(list, sku);
    if (price.micros_per_hour == 0)
        price = list.unknown_price;
    return {core::saturate(core::saturating_multiply(price.micros_per_hour, std::max(cpus, 1U)))};
}

std::variant<core::CgroupSettings, core::ProcessSettings> settings_of(const Entry& provider) {
    if (provider.text("kind") == "cgroup")
        return core::CgroupSettings{provider.text("root")};
    return core::ProcessSettings{provider.text("executable"), provider.text("user"), provider.text("pid_file")};
}

core::HourlyRate blind_rate_of(const Entry& provider, const std::vector<core::PriceList>& lists,
                               const Machine& machine) {
    if (provider.has("blind_rate"))
        return rate_of(provider, "blind_rate");
    const auto list = std::find_if(lists.begin(), lists.end(), [&](const core::PriceList& candidate) {
        return candidate.name.text == provider.text("price_list");
    });
    return standard_blind_rate(*list, provider.text("kind"), machine.cpus);
}

}  // namespace

std::vector<core::ProviderPolicy> build_providers(const Draft& draft, const Machine& machine) {
    const auto lists = build_price_lists(draft);
    std::vector<core::ProviderPolicy> providers;
    for (const auto& entry : draft.all("providers")) {
        core::ProviderPolicy provider;
        provider.name = {entry.name()};
        provider.settings = settings_of(entry);
        provider.price_list = {entry.text("price_list")};
        provider.poll_interval = duration_of(entry, "poll_interval");
        provider.look_deadline = duration_of(entry, "look_deadline");
        provider.blind_after = duration_of(entry, "blind_after");
        provider.blind_rate = blind_rate_of(entry, lists, machine);
        provider.resources_max = count_of(entry, "resources_max");
        providers.push_back(std::move(provider));
    }
    return providers;
}

std::vector<core::ZonePolicy> build_zones(const Draft& draft) {
    std::vector<core::ZonePolicy> zones;
    for (const auto& entry : draft.all("zones")) {
        core::ZonePolicy zone;
        zone.name = {entry.name()};
        zone.tenant = {entry.text("tenant")};
        for (auto& provider : texts_of(entry, "providers"))
            zone.providers.push_back({std::move(provider)});
        zone.runbook = {entry.text("runbook")};
        if (const auto* mandate = mandate_of(draft, entry))
            zone.mandate = {mandate->name()};
        zone.mode = mode_of(entry.text("mode"));
        if (entry.has("observe_until"))
            zone.observe_until = moment_of(entry, "observe_until");
        zone.calm = count_of(entry, "calm");
        zones.push_back(std::move(zone));
    }
    return zones;
}

}  // namespace noodstop::config
