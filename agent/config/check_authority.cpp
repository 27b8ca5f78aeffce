#include "agent/config/nearest.hpp"
#include "agent/config/relations.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace noodstop::config {
namespace {

// What a stage tries: a hold that can't suspend goes on with what stops.
std::vector<std::string> levers_of(const Entry& runbook, const std::string& stage) {
    std::vector<std::string> levers;
    for (const char* list : {"hold", "stop"}) {
        if (list == std::string_view("hold") && stage != "hold")
            continue;
        for (const auto& rule : runbook.tables(list))
            levers.push_back(rule.text("lever"));
    }
    return levers;
}

// Whether the zone's mandate grants a lever of the runbook's stage for any of its providers.
bool can_act(const Draft& draft, const Entry& zone, const std::string& stage) {
    const auto* mandate = mandate_of(draft, zone);
    const auto* runbook = draft.find("actions", zone.text("runbook"));
    if (mandate == nullptr || runbook == nullptr)
        return false;
    const auto levers = levers_of(*runbook, stage);
    for (const auto& grant : mandate->tables("grants")) {
        const bool grants_lever = std::any_of(levers.begin(), levers.end(), [&](const std::string& lever) {
            return contains(grant.words("levers"), lever);
        });
        if (grants_lever && contains(zone.words("providers"), grant.text("provider")))
            return true;
    }
    return false;
}

// The stages of a limit that want something stopped, gravest first.
std::vector<std::string> acting_stages(const Entry& limit) {
    if (limit.text("kind") == "allow")
        return limit.text("stage") == "warn" ? std::vector<std::string>{} : std::vector{limit.text("stage")};
    std::vector<std::string> stages;
    for (const char* stage : {"stop", "hold"}) {
        if (limit.has(stage))
            stages.emplace_back(stage);
    }
    return stages;
}

// Zones that are not disarmed on purpose. Told elsewhere: armed ones without any mandate, and those of which it is in
// doubt which mandate holds.
std::vector<const Entry*> zones_to_act_in(const Draft& draft, const std::vector<const Entry*>& covered) {
    std::vector<const Entry*> zones;
    for (const auto* zone : covered) {
        const bool in_doubt = !zone->mentions("mandate") && mandates_over(draft, *zone).size() > 1;
        if (zone->text("mode") != "disarmed" && !in_doubt && !is_armed_without_mandate(draft, *zone))
            zones.push_back(zone);
    }
    return zones;
}

void check_teeth(const Scene& scene, const Entry& limit, const std::vector<const Entry*>& covered) {
    const auto zones = zones_to_act_in(scene.draft, covered);
    if (zones.empty())
        return;
    for (const auto& stage : acting_stages(limit)) {
        const bool enforceable = std::any_of(zones.begin(), zones.end(),
                                             [&](const Entry* zone) { return can_act(scene.draft, *zone, stage); });
        if (enforceable)
            continue;
        const auto* key = limit.has(stage) ? stage.c_str() : "stage";
        scene.report.mistake(
            limit.spot_of(key),
            {limit.path_of(key),
             fmt::format(
                 "can't be enforced: no mandate grants a lever for {} (see actions.{}) on any provider of zone {}.",
                 stage, zones.front()->text("runbook"), in_quotes(zones.front()->name())),
             "Grant one in the mandate whose scope names the zone; or write mode = \"disarmed\" in the "
             "zone, if it shall only be metered."});
        return;
    }
}

void check_covers_zones(const Scene& scene, const Entry& limit, const std::vector<const Entry*>& covered) {
    if (covered.empty() && limit.has("tenant") && scene.draft.sound("zones"))
        scene.report.mistake(limit.spot_of("tenant"),
                             {limit.path_of("tenant"), fmt::format("{} has no zone.", in_quotes(limit.text("tenant"))),
                              "Add a zone of this tenant, or leave the limit out."});
}

void check_shed_to(const Scene& scene, const Entry& limit, const std::vector<const Entry*>& covered) {
    const auto shed_to = limit.number("shed_to");
    if (!shed_to || !limit.mentions("shed_to"))
        return;
    std::set<const Entry*> asked;
    for (const auto* zone : covered) {
        const auto* mandate = mandate_of(scene.draft, *zone);
        if (mandate == nullptr || !asked.insert(mandate).second ||
            *shed_to >= mandate->number("shed_to_min").value_or(0))
            continue;
        scene.report.mistake(
            limit.spot_of("shed_to"),
            {limit.path_of("shed_to"),
             fmt::format("{} is below what {} leaves running at least: {}.", core::to_text(core::HourlyRate{*shed_to}),
                         mandate->path(), core::to_text(core::HourlyRate{*mandate->number("shed_to_min")})),
             "Write at least as much; only a new mandate may go lower."});
    }
}

// A rate limit that sheds down to its own threshold or above would trip and leave what tripped it.
void check_sheds_enough(const Scene& scene, const Entry& limit) {
    const auto stop = limit.number("stop");
    const auto shed_to = shed_to_of(scene.draft, limit);
    if (limit.text("kind") != "rate" || !stop || shed_to < *stop)
        return;
    const bool said = limit.mentions("shed_to");
    const auto* key = said ? "shed_to" : "stop";
    const auto rate = core::to_text(core::HourlyRate{shed_to});
    const auto problem =
        said ? fmt::format("{} is not below the stop of {}: a trip would leave the limit reached.", rate,
                           threshold_text(limit, *stop))
             : fmt::format("{} is not above what its mandate leaves running, {}: a trip would leave the limit reached.",
                           threshold_text(limit, *stop), rate);
    scene.report.mistake(limit.spot_of(key),
                         {limit.path_of(key), problem,
                          said ? "Write less than stop." : "Write a stop above the mandate's shed_to_min."});
}

void check_ceilings(const Scene& scene, const Entry& mandate) {
    for (const auto& ceiling : mandate.tables("ceilings")) {
        const auto* limit = scene.draft.find("limits", ceiling.text("limit"));
        const auto stop = limit == nullptr ? std::nullopt : limit->number("stop");
        const auto amount_max = ceiling.number("amount_max");
        if (!stop || !amount_max || *stop <= *amount_max)
            continue;
        scene.report.mistake(limit->spot_of("stop"),
                             {limit->path_of("stop"),
                              fmt::format("{} is above the ceiling of {} in {}.", threshold_text(*limit, *stop),
                                          threshold_text(*limit, *amount_max), mandate.path()),
                              "Write at most the ceiling; only a new mandate may go higher."});
    }
}

}  // namespace

void check_limit_authority(const Scene& scene) {
    for (const auto& mandate : scene.draft.all("mandates"))
        check_ceilings(scene, mandate);
    for (const auto& limit : scene.draft.all("limits")) {
        const auto covered = zones_of_limit(scene.draft, limit);
        check_sheds_enough(scene, limit);
        check_shed_to(scene, limit, covered);
        check_covers_zones(scene, limit, covered);
        const bool zones_sound =
            std::all_of(covered.begin(), covered.end(), [](const Entry* zone) { return zone->sound(); });
        if (zones_sound && authority_is_sound(scene.draft))
            check_teeth(scene, limit, covered);
    }
}

}  // namespace noodstop::config
