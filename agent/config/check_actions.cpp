#include "agent/config/checks.hpp"
#include "agent/config/nearest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace noodstop::config {
namespace {

void check_stage(const Scene& scene, const Entry& runbook, const char* stage) {
    const auto* list = runbook.find(stage);
    if (list == nullptr)
        return;
    if (list->tables.empty() && runbook.sound())
        scene.report.mistake(runbook.spot_of(stage),
                             {runbook.path_of(stage), "is an empty list: nothing would be done.",
                              "Name at least one lever, or leave the key out for the default."});
    std::set<std::string> seen;
    for (const auto& rule : list->tables) {
        const auto lever = rule.text("lever");
        if (!lever.empty() && !seen.insert(lever).second)
            scene.report.mistake(rule.spot_of("lever"),
                                 {rule.path_of("lever"), fmt::format("{} is there twice.", in_quotes(lever)),
                                  "Name each lever once; the last is repeated by itself."});
    }
}

void check_stop_levers(const Scene& scene, const Entry& runbook) {
    bool powers_off = false;
    for (const auto& rule : runbook.tables("stop")) {
        powers_off = powers_off || rule.text("lever") == "power_off";
        if (rule.text("lever") == "suspend")
            scene.report.mistake(rule.spot_of("lever"),
                                 {rule.path_of("lever"), "\"suspend\" does not stop; it serves hold.",
                                  "Write \"shut_down\" or \"power_off\"."});
    }
    if (!powers_off && runbook.sound() && !runbook.tables("stop").empty())
        scene.report.remark(runbook.spot_of("stop"), {runbook.path_of("stop"),
                                                      "never powers off: what ignores an orderly "
                                                      "shutdown goes on running.",
                                                      "Add { lever = \"power_off\", deadline = \"2s\" } as the last."});
}

void check_retries(const Scene& scene, const Entry& runbook) {
    const auto first = runbook.number("retry_first");
    const auto most = runbook.number("retry_max");
    if (!first || !most || *first <= *most)
        return;
    const auto* key = runbook.mentions("retry_first") ? "retry_first" : "retry_max";
    scene.report.mistake(runbook.spot_of(key),
                         {runbook.path_of(key),
                          fmt::format("retry_first {} is longer than retry_max {}.",
                                      core::to_text(core::Duration{*first}), core::to_text(core::Duration{*most})),
                          "Write retry_first <= retry_max."});
}

}  // namespace

void check_actions(const Scene& scene) {
    for (const auto& runbook : scene.draft.all("actions")) {
        check_stage(scene, runbook, "stop");
        check_stage(scene, runbook, "hold");
        check_stop_levers(scene, runbook);
        check_retries(scene, runbook);
    }
}

}  // namespace noodstop::config
