#include "agent/config/relations.hpp"

#include <algorithm>
#include <set>

namespace noodstop::config {
namespace {

using Used = std::map<std::string, std::set<std::string>>;  // section -> names that something uses

// That a mandate speaks of a zone or provider doesn't put it to use, so mandates are not asked.
void collect_references(const Entry& entry, Used& used) {
    for (const auto& key : entry.section().keys) {
        const auto* value = entry.find(key.name);
        if (value == nullptr || key.refers.empty())
            continue;
        if (key.type == Type::name)
            used[key.refers].insert(value->text);
        for (const auto& word : value->words)
            used[key.refers].insert(word.text);
    }
}

// Zones are watched by a limit of their own or of their tenant.
void collect_watched_zones(const Draft& draft, Used& used) {
    for (const auto& limit : draft.all("limits")) {
        for (const auto* zone : zones_of_limit(draft, limit))
            used["zones"].insert(zone->name());
    }
}

void collect_mandates(const Draft& draft, Used& used) {
    for (const auto& zone : draft.all("zones")) {
        if (const auto* mandate = mandate_of(draft, zone))
            used["mandates"].insert(mandate->name());
    }
}

const char* consequence(const std::string& section) {
    if (section == "zones")
        return "has no limit of its own or of its tenant: nothing trips it but a person.";
    if (section == "providers")
        return "is in no zone: it is measured for nothing.";
    return "is not used.";
}

}  // namespace

void remark_unused(const Scene& scene) {
    Used used;
    for (const char* section : {"providers", "zones"}) {
        for (const auto& entry : scene.draft.all(section))
            collect_references(entry, used);
    }
    collect_watched_zones(scene.draft, used);
    collect_mandates(scene.draft, used);
    for (const char* section : {"price_lists", "providers", "tenants", "zones", "actions", "mandates"}) {
        for (const auto& entry : scene.draft.all(section)) {
            const bool is_written = entry.spot().line > 0;
            if (is_written && entry.sound() && used[section].count(entry.name()) == 0)
                scene.report.remark(entry.spot(), {entry.path(), consequence(section), "Use it or leave it out."});
        }
    }
}

}  // namespace noodstop::config
