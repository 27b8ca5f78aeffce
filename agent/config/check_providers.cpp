#include "agent/config/checks.hpp"

#include <fmt/format.h>

#include <map>
#include <tuple>

namespace noodstop::config {
namespace {

using Selectors = std::tuple<std::string, std::string, std::string>;

Selectors selectors_of(const Entry& provider) {
    return {provider.text("executable"), provider.text("user"), provider.text("pid_file")};
}

void check_selectors(const Scene& scene) {
    std::map<Selectors, std::string> seen;
    for (const auto& provider : scene.draft.all("providers")) {
        if (provider.text("kind") != "process" || !provider.sound())
            continue;
        const auto selectors = selectors_of(provider);
        if (selectors == Selectors{}) {
            scene.report.mistake(provider.spot(),
                                 {provider.path(), "selects no process: it has neither executable, user nor pid_file.",
                                  "Give at least one of the three."});
            continue;
        }
        const auto [first, is_new] = seen.emplace(selectors, provider.path());
        if (!is_new)
            scene.report.mistake(provider.spot(),
                                 {provider.path(), fmt::format("selects the same processes as {}.", first->second),
                                  "Leave out one of the two; what is in both would be charged twice."});
    }
}

void check_blindness(const Scene& scene, const Entry& provider) {
    const auto poll = provider.number("poll_interval");
    const auto blind_after = provider.number("blind_after");
    if (!poll || !blind_after || *blind_after >= *poll)
        return;
    const auto* key = provider.mentions("blind_after") ? "blind_after" : "poll_interval";
    scene.report.mistake(
        provider.spot_of(key),
        {provider.path_of(key),
         fmt::format("makes the provider blind between two looks: blind_after is {}, poll_interval {}.",
                     core::to_text(core::Duration{*blind_after}), core::to_text(core::Duration{*poll})),
         fmt::format("Write blind_after = \"{}\" or more.", core::to_text(core::Duration{*poll * 3}))});
}

}  // namespace

void check_providers(const Scene& scene) {
    check_selectors(scene);
    for (const auto& provider : scene.draft.all("providers"))
        check_blindness(scene, provider);
}

}  // namespace noodstop::config
