#include "agent/config/checks.hpp"
#include "agent/config/nearest.hpp"
#include "platform/clock/calendar.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace noodstop::config {
namespace {

void check_notification(const Scene& scene, const Entry& entry) {
    const auto& command = entry.words("command");
    if (!command.empty() && !command.front().text.starts_with('/'))
        scene.report.mistake(
            command.front().spot,
            {entry.path_of("command"), fmt::format("{} is not an absolute path.", in_quotes(command.front().text)),
             "Begin the list with the program's whole path; no shell looks it up."});
}

}  // namespace

void check_agent(const Scene& scene) {
    for (const auto& agent : scene.draft.all("agent")) {
        const auto zone = agent.text("time_zone");
        if (agent.has("time_zone") && (!std::all_of(zone.begin(), zone.end(), [](char c) {
                return c > ' ' && c < 0x7f;
            }) || !platform::is_known_time_zone(zone)))
            scene.report.mistake(
                agent.spot_of("time_zone"),
                {agent.path_of("time_zone"),
                 fmt::format("{} is not a time zone that this machine knows.", in_quotes(zone)),
                 "Write an IANA name such as \"Europe/Amsterdam\" or \"UTC\"; they come with the package tzdata."});
        const auto socket = agent.text("socket_path");
        if (socket.size() > socket_path_length_max)
            scene.report.mistake(agent.spot_of("socket_path"),
                                 {agent.path_of("socket_path"), fmt::format("is {} bytes long.", socket.size()),
                                  fmt::format("Write at most {}; the kernel takes no more.", socket_path_length_max)});
    }
}

void check_notifications(const Scene& scene) {
    for (const auto& entry : scene.draft.all("notifications"))
        check_notification(scene, entry);
}

}  // namespace noodstop::config
