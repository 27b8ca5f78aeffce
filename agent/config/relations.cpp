#include "agent/config/relations.hpp"

#include <algorithm>

namespace noodstop::config {
namespace {

constexpr std::int64_t micros_per_unit = 1'000'000;

}  // namespace

bool contains(const std::vector<Word>& words, std::string_view text) {
    return std::any_of(words.begin(), words.end(), [&](const Word& word) { return word.text == text; });
}

std::vector<const Entry*> mandates_over(const Draft& draft, const Entry& zone) {
    std::vector<const Entry*> found;
    for (const auto& mandate : draft.all("mandates")) {
        if (contains(mandate.words("scope"), zone.name()))
            found.push_back(&mandate);
    }
    return found;
}

const Entry* mandate_of(const Draft& draft, const Entry& zone) {
    if (zone.mentions("mandate"))
        return draft.find("mandates", zone.text("mandate"));
    const auto found = mandates_over(draft, zone);
    return found.size() == 1 ? found.front() : nullptr;
}

std::vector<const Entry*> zones_of_tenant(const Draft& draft, std::string_view tenant) {
    std::vector<const Entry*> found;
    for (const auto& zone : draft.all("zones")) {
        if (zone.text("tenant") == tenant)
            found.push_back(&zone);
    }
    return found;
}

std::vector<const Entry*> zones_of_limit(const Draft& draft, const Entry& limit) {
    if (limit.has("tenant"))
        return zones_of_tenant(draft, limit.text("tenant"));
    const auto* zone = draft.find("zones", limit.text("zone"));
    return zone == nullptr ? std::vector<const Entry*>{} : std::vector{zone};
}

std::int64_t shed_to_of(const Draft& draft, const Entry& limit) {
    if (limit.mentions("shed_to"))
        return limit.number("shed_to").value_or(0);
    std::int64_t micros = 0;
    for (const auto* zone : zones_of_limit(draft, limit)) {
        if (const auto* mandate = mandate_of(draft, *zone))
            micros = std::max(micros, mandate->number("shed_to_min").value_or(0));
    }
    return micros;
}

std::string tenant_of_mandate(const Draft& draft, const Entry& mandate) {
    if (mandate.has("tenant"))
        return mandate.text("tenant");
    for (const auto& word : mandate.words("scope")) {
        if (const auto* zone = draft.find("zones", word.text))
            return zone->text("tenant");
    }
    return {};
}

bool is_armed_without_mandate(const Draft& draft, const Entry& zone) {
    return zone.text("mode") == "armed" && !zone.mentions("mandate") && mandates_over(draft, zone).empty();
}

bool authority_is_sound(const Draft& draft) {
    return draft.sound("mandates") && draft.sound("actions");
}

std::optional<std::int64_t> threshold(const Entry& limit, std::int64_t micros) {
    if (limit.text("kind") != "count")
        return micros;
    return micros % micros_per_unit == 0 ? std::optional(micros / micros_per_unit) : std::nullopt;
}

std::string threshold_text(const Entry& limit, std::int64_t micros) {
    const auto number = threshold(limit, micros);
    if (limit.text("kind") == "count" && number)
        return std::to_string(*number);
    return core::to_text(core::Money{micros});
}

}  // namespace noodstop::config
