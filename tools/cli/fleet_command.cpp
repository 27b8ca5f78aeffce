#include "tools/cli/fleet_command.hpp"

#include "tools/cli/fleet_view.hpp"
#include "tools/cli/hub_client.hpp"
#include "tools/cli/json_text.hpp"
#include "tools/cli/output.hpp"

namespace noodstop::cli {
namespace {

constexpr auto watch_interval = std::chrono::seconds(2);

struct Shown {
    std::string text;
    bool needs_somebody = false;
};

Shown shown_fleet(const FleetRequest& request, const std::vector<codec::AgentSummary>& agents, bool as_line) {
    const bool needs_somebody = !attention_in(agents).empty();
    if (request.json)
        return {to_json(agents), needs_somebody};
    return {as_line ? fleet_line(agents) : fleet_text(style_of_output(), agents), needs_somebody};
}

Shown shown_agent(const FleetRequest& request, const codec::AgentDetail& detail, bool as_line) {
    const bool needs_somebody = !attention_in(std::vector{detail.summary}).empty();
    if (request.json)
        return {to_json(detail), needs_somebody};
    return {as_line ? fleet_line({detail.summary}) : agent_text(style_of_output(), detail), needs_somebody};
}

Shown ask_and_show(HubClient& hub, const FleetRequest& request, bool as_line) {
    return request.agent.empty() ? shown_fleet(request, hub.agents(), as_line)
                                 : shown_agent(request, hub.agent(request.agent), as_line);
}

}  // namespace

Exit show_fleet(const FleetRequest& request) {
    HubClient hub(request.access);
    const bool in_place = is_terminal() && !request.json;
    if (!request.watch) {
        const Shown shown = ask_and_show(hub, request, false);
        print(shown.text);
        return request.check && shown.needs_somebody ? Exit::attention : Exit::fine;
    }
    while (is_output_open()) {
        const Shown shown = ask_and_show(hub, request, !in_place);
        print((in_place ? "\x1b[H\x1b[2J" : "") + shown.text);
        hub.pause(watch_interval);
    }
    return Exit::fine;
}

}  // namespace noodstop::cli
