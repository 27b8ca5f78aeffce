#include "agent/config/nearest.hpp"
#include "agent/config/relations.hpp"

#include <fmt/format.h>

#include <array>

namespace noodstop::config {
namespace {

constexpr std::array<const char*, 3> stages{"warn", "hold", "stop"};

void check_cover(const Scene& scene, const Entry& limit) {
    const bool zone = limit.mentions("zone");
    const bool tenant = limit.mentions("tenant");
    if (zone && tenant)
        scene.report.mistake(limit.spot_of("tenant"),
                             {limit.path(), "names a zone and a tenant.", "Leave out one of the two."});
    if (!zone && !tenant)
        scene.report.mistake(limit.spot(), {limit.path(), "covers nothing: it names neither a zone nor a tenant.",
                                            "Add zone = \"NAME\", or tenant = \"NAME\" for all its zones together."});
}

void check_has_stage(const Scene& scene, const Entry& limit) {
    if (limit.mentions("warn") || limit.mentions("hold") || limit.mentions("stop"))
        return;
    scene.report.mistake(limit.spot(), {limit.path(), "has no stage, so that it never acts.",
                                        "Add at least one of warn, hold and stop."});
}

// warn <= hold <= stop, each compared with the next one given.
void check_order(const Scene& scene, const Entry& limit) {
    const char* earlier = nullptr;
    for (const char* stage : stages) {
        if (!limit.has(stage))
            continue;
        if (earlier != nullptr && *limit.number(earlier) > *limit.number(stage))
            scene.report.mistake(
                limit.spot_of(earlier),
                {limit.path_of(earlier),
                 fmt::format("{} is above its {} of {}.", threshold_text(limit, *limit.number(earlier)), stage,
                             threshold_text(limit, *limit.number(stage))),
                 "Write warn <= hold <= stop."});
        earlier = stage;
    }
}

void check_whole(const Scene& scene, const Entry& limit) {
    for (const char* stage : stages) {
        const auto micros = limit.number(stage);
        if (micros && !threshold(limit, *micros))
            scene.report.mistake(
                limit.spot_of(stage),
                {limit.path_of(stage), fmt::format("{} can't be counted.", threshold_text(limit, *micros)),
                 "Write a whole number."});
    }
}

void check_allows_something_only(const Scene& scene, const Entry& limit) {
    if (limit.words("regions").empty() && limit.words("skus").empty() && limit.words("kinds").empty() && limit.sound())
        scene.report.mistake(limit.spot(), {limit.path(), "allows everything: regions, skus and kinds are empty.",
                                            "List what is allowed in at least one of the three."});
}

}  // namespace

void check_limits(const Scene& scene) {
    for (const auto& limit : scene.draft.all("limits")) {
        check_cover(scene, limit);
        const auto kind = limit.text("kind");
        if (kind == "allow")
            check_allows_something_only(scene, limit);
        else if (!kind.empty()) {
            check_has_stage(scene, limit);
            check_whole(scene, limit);
            check_order(scene, limit);
        }
    }
}

}  // namespace noodstop::config
