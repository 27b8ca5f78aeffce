#include "agent/config/nearest.hpp"
#include "agent/config/relations.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace noodstop::config {
namespace {

bool scope_is_sound(const Draft& draft, const Entry& mandate) {
    const auto& scope = mandate.words("scope");
    return !scope.empty() && std::all_of(scope.begin(), scope.end(), [&](const Word& word) {
        const auto* zone = draft.find("zones", word.text);
        return zone != nullptr && zone->has("providers") && zone->has("tenant");
    });
}

void check_validity(const Scene& scene, const Entry& mandate) {
    const auto from = mandate.number("valid_from");
    const auto until = mandate.number("valid_until");
    if (from && until && *from >= *until) {
        scene.report.mistake(
            mandate.spot_of("valid_until"),
            {mandate.path_of("valid_until"),
             fmt::format("{} is not after valid_from.", core::to_text(core::WallTime{core::Duration{*until}})),
             "Write a later date."});
        return;
    }
    if (!scene.machine.now || !from || !until)
        return;
    const auto now = scene.machine.now->since_epoch.count();
    if (now >= *until)
        scene.report.remark(
            mandate.spot_of("valid_until"),
            {mandate.path_of("valid_until"), "is over: nothing may be stopped any more.", "Have the mandate renewed."});
    if (now < *from)
        scene.report.remark(
            mandate.spot_of("valid_from"),
            {mandate.path_of("valid_from"), "is yet to come: nothing may be stopped before.", "Check the date."});
}

void check_scope(const Scene& scene, const Entry& mandate) {
    std::set<std::string> seen;
    const auto tenant = tenant_of_mandate(scene.draft, mandate);
    for (const auto& word : mandate.words("scope")) {
        if (!seen.insert(word.text).second)
            scene.report.mistake(word.spot, {mandate.path_of("scope"),
                                             fmt::format("names {} twice.", in_quotes(word.text)), "Name it once."});
        const auto* zone = scene.draft.find("zones", word.text);
        if (zone == nullptr || !zone->has("tenant") || tenant.empty() || zone->text("tenant") == tenant)
            continue;
        scene.report.mistake(word.spot, {mandate.path_of("scope"),
                                         fmt::format("zone {} belongs to tenant {}, not to {}.", in_quotes(word.text),
                                                     in_quotes(zone->text("tenant")), in_quotes(tenant)),
                                         "Give each tenant a mandate of its own."});
    }
}

bool is_in_scope(const Draft& draft, const Entry& mandate, const std::string& provider) {
    const auto& scope = mandate.words("scope");
    return std::any_of(scope.begin(), scope.end(), [&](const Word& word) {
        const auto* zone = draft.find("zones", word.text);
        return zone != nullptr && contains(zone->words("providers"), provider);
    });
}

void check_providers_in_scope(const Scene& scene, const Entry& mandate) {
    if (!scope_is_sound(scene.draft, mandate))
        return;
    for (const char* list : {"grants", "protected", "baseline"}) {
        for (const auto& item : mandate.tables(list)) {
            const auto provider = item.text("provider");
            if (scene.draft.find("providers", provider) == nullptr || is_in_scope(scene.draft, mandate, provider))
                continue;
            scene.report.mistake(
                item.spot_of("provider"),
                {item.path_of("provider"), fmt::format("{} is in no zone of the scope.", in_quotes(provider)),
                 "Name a provider of the scope's zones, or widen the scope."});
        }
    }
}

void check_grants(const Scene& scene, const Entry& mandate) {
    if (mandate.has("grants") && mandate.tables("grants").empty() && mandate.sound())
        scene.report.mistake(mandate.spot_of("grants"),
                             {mandate.path_of("grants"), "is an empty list: the mandate permits nothing.",
                              "Add { provider = \"NAME\", levers = [\"shut_down\", \"power_off\"] }."});
    std::set<std::string> seen;
    for (const auto& grant : mandate.tables("grants")) {
        if (grant.has("provider") && !seen.insert(grant.text("provider")).second)
            scene.report.mistake(
                grant.spot_of("provider"),
                {grant.path_of("provider"), fmt::format("{} has a grant already.", in_quotes(grant.text("provider"))),
                 "Put all its levers into one grant."});
    }
}

void check_resources(const Scene& scene, const Entry& mandate) {
    std::set<std::pair<std::string, std::string>> seen;
    for (const auto& item : mandate.tables("protected")) {
        if (item.sound() && !seen.emplace(item.text("provider"), item.text("id")).second)
            scene.report.mistake(
                item.spot_of("id"),
                {item.path_of("id"), fmt::format("{} is there twice.", in_quotes(item.text("id"))), "Name it once."});
    }
    for (const auto& item : mandate.tables("baseline")) {
        const bool id = item.mentions("id");
        if (id == item.mentions("prefix"))
            scene.report.mistake(
                item.spot(),
                {item.path(), id ? "has both id and prefix." : "has neither id nor prefix.", "Give one of the two."});
    }
}

void check_amount(const Scene& scene, const Entry& item, const char* key) {
    const auto* limit = scene.draft.find("limits", item.text("limit"));
    const auto micros = item.number(key);
    if (limit == nullptr || !micros)
        return;
    if (limit->text("kind") == "allow")
        scene.report.mistake(item.spot_of("limit"),
                             {item.path_of("limit"), fmt::format("{} has no amount.", limit->path()),
                              "Name a limit of kind spend, rate or count."});
    if (!threshold(*limit, *micros))
        scene.report.mistake(
            item.spot_of(key),
            {item.path_of(key), fmt::format("{} can't be counted.", core::to_text(core::Money{*micros})),
             fmt::format("Write a whole number: {} counts.", limit->path())});
}

void check_amounts(const Scene& scene, const Entry& mandate) {
    std::set<std::string> seen;
    for (const auto& ceiling : mandate.tables("ceilings")) {
        check_amount(scene, ceiling, "amount_max");
        if (ceiling.has("limit") && !seen.insert(ceiling.text("limit")).second)
            scene.report.mistake(
                ceiling.spot_of("limit"),
                {ceiling.path_of("limit"), fmt::format("{} has a ceiling already.", in_quotes(ceiling.text("limit"))),
                 "Give each limit one ceiling."});
    }
    for (const auto& exception : mandate.tables("exceptions")) {
        check_amount(scene, exception, "amount");
        const auto from = exception.number("from");
        const auto until = exception.number("until");
        if (from && until && *from >= *until)
            scene.report.mistake(exception.spot_of("until"),
                                 {exception.path_of("until"), "is not after from.", "Write a later moment."});
    }
}

void check_poll_intervals(const Scene& scene, const Entry& mandate) {
    const auto most = mandate.number("poll_interval_max");
    for (const auto& provider : scene.draft.all("providers")) {
        const auto poll = provider.number("poll_interval");
        if (!most || !poll || *poll <= *most || !is_in_scope(scene.draft, mandate, provider.name()))
            continue;
        scene.report.mistake(provider.spot_of("poll_interval"),
                             {provider.path_of("poll_interval"),
                              fmt::format("{} is longer than {} permits: {}.", core::to_text(core::Duration{*poll}),
                                          mandate.path(), core::to_text(core::Duration{*most})),
                              "Write a shorter interval; only a new mandate may permit a longer one."});
    }
}

void check_quorum(const Scene& scene, const Entry& mandate) {
    const auto quorum = mandate.number("loosening_quorum");
    if (quorum.value_or(1) > 1)
        scene.report.mistake(
            mandate.spot_of("loosening_quorum"),
            {mandate.path_of("loosening_quorum"),
             fmt::format("{} can never be met: only root can give orders under an unsigned mandate.", *quorum),
             "Write 1, or leave it out."});
}

}  // namespace

void check_mandates(const Scene& scene) {
    for (const auto& mandate : scene.draft.all("mandates")) {
        check_validity(scene, mandate);
        check_scope(scene, mandate);
        check_providers_in_scope(scene, mandate);
        check_grants(scene, mandate);
        check_resources(scene, mandate);
        check_amounts(scene, mandate);
        check_poll_intervals(scene, mandate);
        check_quorum(scene, mandate);
    }
}

}  // namespace noodstop::config
