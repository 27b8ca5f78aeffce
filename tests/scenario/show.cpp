// What `show` prints of the engine's snapshot.
#include "tests/scenario/world.hpp"

namespace noodstop::scenario {
namespace {

std::string amount(core::LimitKind kind, std::int64_t value) {
    switch (kind) {
        case core::LimitKind::spend:
            return core::to_text(core::Money{value});
        case core::LimitKind::rate:
            return core::to_text(core::HourlyRate{value});
        case core::LimitKind::count:
        case core::LimitKind::allow:
            return std::to_string(value);
    }
    return {};
}

std::string line_of(const core::ZoneStatus& zone) {
    std::string line = "zone " + zone.name.text + " is " + core::to_text(zone.state);
    const std::pair<bool, const char*> flags[] = {{zone.warned, "warned"},     {zone.held, "held"},
                                                  {zone.blind, "blind"},       {zone.impaired, "impaired"},
                                                  {zone.unproven, "unproven"}, {zone.overdue, "overdue"}};
    for (const auto& [set, name] : flags)
        line += set ? std::string(", ") + name : "";
    if (!zone.reason.empty())
        line += ": " + zone.reason;
    for (const std::string& survivor : zone.survivors)
        line += "; survivor " + survivor;
    for (const core::TargetStatus& target : zone.targets)
        line += "; target " + target.resource.text + " (" + target.doing + ")";
    return line;
}

std::string line_of(const core::LimitStatus& limit) {
    std::string line = "limit " + limit.name.text + " used " + amount(limit.kind, limit.used) + " exposure " +
                       amount(limit.kind, limit.exposure);
    if (limit.stop)
        line += " of " + amount(limit.kind, *limit.stop);
    if (limit.time_to_stop)
        line += ", reached in " + core::to_text(std::chrono::duration_cast<Duration>(
                                      std::chrono::duration_cast<std::chrono::seconds>(*limit.time_to_stop)));
    return line;
}

}  // namespace

void World::show(const std::string& what) {
    const core::Snapshot snapshot = engine_->snapshot();
    if (what == "zones")
        for (const core::ZoneStatus& zone : snapshot.zones)
            say(line_of(zone));
    else if (what == "limits")
        for (const core::LimitStatus& limit : snapshot.limits)
            say(line_of(limit));
    else if (what == "warnings")
        for (const std::string& warning : snapshot.warnings)
            say(warning);
    else if (what == "resources")
        for (const core::ResourceStatus& resource : engine_->resources())
            say(resource.id.text + " is " + core::to_text(resource.class_) + ", " + core::to_text(resource.activity) +
                ", " + core::to_text(resource.rate) + (resource.price_known ? "" : ", price not known"));
    else if (what == "things")
        for (const auto& [name, place] : places_)
            for (const auto& [id, thing] : place.things)
                say(id + " is " + core::to_text(thing.activity));
}

}  // namespace noodstop::scenario
