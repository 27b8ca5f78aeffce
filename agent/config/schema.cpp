#include "agent/config/schema.hpp"

#include <algorithm>
#include <array>

namespace noodstop::config {
namespace {

constexpr std::array<std::string_view, 13> order{"agent",  "price_lists", "providers", "tenants",       "zones",
                                                 "limits", "actions",     "mandates",  "notifications", "remote",
                                                 "uplink", "exporters",   "metrics"};

std::size_t place_of(const Section& section) {
    return static_cast<std::size_t>(std::find(order.begin(), order.end(), section.name) - order.begin());
}

std::vector<Section> all_sections() {
    auto sections = machine_sections();
    auto rules = rule_sections();
    sections.insert(sections.end(), rules.begin(), rules.end());
    sections.push_back(mandate_section());
    auto channel = channel_sections();
    sections.insert(sections.end(), channel.begin(), channel.end());
    std::stable_sort(sections.begin(), sections.end(),
                     [](const Section& left, const Section& right) { return place_of(left) < place_of(right); });
    return sections;
}

}  // namespace

const std::vector<Section>& schema() {
    static const std::vector<Section> sections = all_sections();
    return sections;
}

const Section* find_section(std::string_view name) {
    const auto& sections = schema();
    const auto found =
        std::find_if(sections.begin(), sections.end(), [&](const Section& section) { return section.name == name; });
    return found == sections.end() ? nullptr : &*found;
}

const Key* find_key(const Section& section, std::string_view name) {
    const auto found =
        std::find_if(section.keys.begin(), section.keys.end(), [&](const Key& key) { return key.name == name; });
    return found == section.keys.end() ? nullptr : &*found;
}

bool applies_to(const Key& key, const std::string& kind) {
    return key.only_for.empty() || std::find(key.only_for.begin(), key.only_for.end(), kind) != key.only_for.end();
}

}  // namespace noodstop::config
