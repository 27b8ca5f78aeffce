#include "agent/config/nearest.hpp"
#include "agent/config/relations.hpp"

#include <fmt/format.h>

#include <map>
#include <set>

namespace noodstop::config {
namespace {

void check_currency(const Scene& scene, const Entry& zone) {
    const auto* tenant = scene.draft.find("tenants", zone.text("tenant"));
    if (tenant == nullptr || !tenant->has("currency"))
        return;
    for (const auto& word : zone.words("providers")) {
        const auto* provider = scene.draft.find("providers", word.text);
        const auto* list =
            provider == nullptr ? nullptr : scene.draft.find("price_lists", provider->text("price_list"));
        if (list == nullptr || !list->has("currency") || list->text("currency") == tenant->text("currency"))
            continue;
        scene.report.mistake(word.spot, {zone.path_of("providers"),
                                         fmt::format("{} is priced in {} by {}, but tenant {} has {}: two currencies.",
                                                     in_quotes(word.text), list->text("currency"), list->path(),
                                                     in_quotes(tenant->name()), tenant->text("currency")),
                                         "Give the provider a price list in the tenant's currency."});
    }
}

// A local provider's resources are charged in one zone only.
void check_sharing(const Scene& scene) {
    std::map<std::string, std::string> zone_of_provider;
    for (const auto& zone : scene.draft.all("zones")) {
        std::set<std::string> here;
        for (const auto& word : zone.words("providers")) {
            const Finding twice{zone.path_of("providers"), fmt::format("names {} twice.", in_quotes(word.text)),
                                "Name it once."};
            if (!here.insert(word.text).second) {
                scene.report.mistake(word.spot, twice);
                continue;
            }
            const auto [first, is_new] = zone_of_provider.emplace(word.text, zone.path());
            if (!is_new)
                scene.report.mistake(word.spot,
                                     {zone.path_of("providers"),
                                      fmt::format("{} is already in {}.", in_quotes(word.text), first->second),
                                      "A provider of this machine belongs to one zone; split it into two providers."});
        }
    }
}

void check_named_mandate(const Scene& scene, const Entry& zone) {
    const auto* mandate = scene.draft.find("mandates", zone.text("mandate"));
    if (mandate == nullptr || !mandate->has("scope") || contains(mandate->words("scope"), zone.name()))
        return;
    scene.report.mistake(
        zone.spot_of("mandate"),
        {zone.path_of("mandate"), fmt::format("{} does not name this zone in its scope.", mandate->path()),
         fmt::format("Add {} to the scope of {}, or name another mandate.", in_quotes(zone.name()), mandate->path())});
}

void check_found_mandate(const Scene& scene, const Entry& zone) {
    const auto found = mandates_over(scene.draft, zone);
    if (found.size() > 1)
        scene.report.mistake(zone.spot(), {zone.path_of("mandate"),
                                           fmt::format("is not given, and both {} and {} name this zone.",
                                                       found[0]->path(), found[1]->path()),
                                           fmt::format("Say which: mandate = {}.", in_quotes(found[0]->name()))});
    if (!found.empty() || !authority_is_sound(scene.draft) || !zone.sound())
        return;
    if (is_armed_without_mandate(scene.draft, zone))
        scene.report.mistake(
            zone.spot_of("mode"),
            {zone.path_of("mode"), "is \"armed\", but no mandate names this zone: nothing could be stopped.",
             "Add a mandate whose scope names it, or write mode = \"disarmed\"."});
    else
        scene.report.remark(zone.spot(), {zone.path(), "has no mandate: it is disarmed, metered and warned about only.",
                                          "Add a mandate whose scope names it."});
}

void remark_observation_over(const Scene& scene, const Entry& zone) {
    const auto until = zone.number("observe_until");
    if (scene.machine.now && until && scene.machine.now->since_epoch.count() >= *until)
        scene.report.remark(zone.spot_of("observe_until"),
                            {zone.path_of("observe_until"), "is over: the zone is armed from the start.",
                             "Write mode = \"armed\" and leave observe_until out, or a later date."});
}

}  // namespace

void check_zones(const Scene& scene) {
    check_sharing(scene);
    for (const auto& zone : scene.draft.all("zones")) {
        check_currency(scene, zone);
        remark_observation_over(scene, zone);
        if (zone.mentions("mandate"))
            check_named_mandate(scene, zone);
        else
            check_found_mandate(scene, zone);
    }
}

}  // namespace noodstop::config
