#include "agent/doors/tenant_view.hpp"

#include <algorithm>
#include <iterator>
#include <set>

namespace noodstop::doors {
namespace {

template <class Item, class Wanted>
std::vector<Item> those(const std::vector<Item>& items, Wanted wanted) {
    std::vector<Item> found;
    std::copy_if(items.begin(), items.end(), std::back_inserter(found), wanted);
    return found;
}

}  // namespace

core::Snapshot tenant_view(const core::Snapshot& snapshot, const core::TenantName& tenant) {
    const auto is_own = [&](const auto& status) { return status.tenant == tenant; };
    core::Snapshot view;
    view.agent = snapshot.agent;
    view.at = snapshot.at;
    view.wall = snapshot.wall;
    view.durable = snapshot.durable;
    view.time_trusted = snapshot.time_trusted;
    view.zones = those(snapshot.zones, is_own);
    view.limits = those(snapshot.limits, is_own);
    std::set<std::string> covered;
    for (const core::ZoneStatus& zone : view.zones)
        for (const core::ProviderName& provider : zone.providers)
            covered.insert(provider.text);
    view.providers = those(snapshot.providers,
                           [&](const core::ProviderStatus& provider) { return covered.contains(provider.name.text); });
    return view;
}

std::vector<core::ResourceStatus> tenant_view(const std::vector<core::ResourceStatus>& resources,
                                              const core::Snapshot& snapshot, const core::TenantName& tenant) {
    std::set<std::string> own_zones;
    for (const core::ZoneStatus& zone : snapshot.zones)
        if (zone.tenant == tenant)
            own_zones.insert(zone.name.text);
    std::vector<core::ResourceStatus> view;
    for (core::ResourceStatus resource : resources) {
        std::erase_if(resource.zones, [&](const core::ZoneName& zone) { return !own_zones.contains(zone.text); });
        if (!resource.zones.empty())
            view.push_back(std::move(resource));
    }
    return view;
}

std::vector<core::RecordedFact> tenant_view(const std::vector<core::RecordedFact>& facts,
                                            const core::TenantName& tenant) {
    return those(facts, [&](const core::RecordedFact& fact) { return fact.fact.tenant == tenant; });
}

}  // namespace noodstop::doors
