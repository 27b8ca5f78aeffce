#include "tools/cli/commands.hpp"

#include "agent/config/load.hpp"
#include "proto/codec/text.hpp"
#include "tools/cli/agent_client.hpp"
#include "tools/cli/amounts.hpp"
#include "tools/cli/attention.hpp"
#include "tools/cli/enroll.hpp"
#include "tools/cli/fleet_command.hpp"
#include "tools/cli/json_text.hpp"
#include "tools/cli/output.hpp"
#include "tools/cli/story.hpp"
#include "tools/cli/views.hpp"

#include <sys/stat.h>

#include <algorithm>

namespace noodstop::cli {
namespace {

Exit carry_out(const AgentClient& agent, const StatusRequest& request);
Exit carry_out(const AgentClient& agent, const ResourcesRequest& request);
Exit carry_out(const AgentClient& agent, const LimitsRequest& request);
Exit carry_out(const AgentClient& agent, const ExplainRequest& request);
Exit carry_out(const AgentClient& agent, const OrderRequest& request);
Exit carry_out(const AgentClient& agent, const RehearseRequest& request);
Exit carry_out(const AgentClient& agent, const JournalRequest& request);

// On a terminal each snapshot takes the place of the one before; elsewhere it is a line of its own.
Exit watch_status(const AgentClient& agent, const StatusRequest& request) {
    const Style style = style_of_output();
    const bool in_place = is_terminal() && !request.json;
    agent.watch_status([&](const codec::StatusAnswer& status) {
        if (request.json)
            print(to_json(status));
        else if (in_place)
            print("\x1b[H\x1b[2J" + status_text(style, status));
        else
            print(status_line(status));
        return is_output_open();
    });
    return Exit::fine;
}

Exit carry_out(const AgentClient& agent, const StatusRequest& request) {
    if (request.watch)
        return watch_status(agent, request);
    const codec::StatusAnswer status = agent.status();
    print(request.json ? to_json(status) : status_text(style_of_output(), status));
    return request.check && !attention_in(status).empty() ? Exit::attention : Exit::fine;
}

Exit carry_out(const AgentClient& agent, const ResourcesRequest& request) {
    const auto resources = agent.resources();
    print(request.json ? to_json(resources) : resources_text(style_of_output(), resources, agent.status().snapshot));
    return Exit::fine;
}

Exit carry_out(const AgentClient& agent, const LimitsRequest& request) {
    const core::Snapshot snapshot = agent.status().snapshot;
    print(request.json ? to_json(snapshot.limits) : limits_text(style_of_output(), snapshot));
    return Exit::fine;
}

// The tenant's facts and those of no tenant in their time, in order.
std::vector<core::RecordedFact> facts_about(const AgentClient& agent, const core::TenantName& tenant) {
    constexpr std::uint32_t facts_told_max = 5000;
    auto facts = agent.facts({tenant, {}, 0, facts_told_max});
    for (auto& fact : agent.facts({{}, {}, 0, codec::facts_asked_max}))
        if (fact.fact.tenant.empty())
            facts.push_back(std::move(fact));
    std::sort(facts.begin(), facts.end(),
              [](const auto& left, const auto& right) { return left.sequence < right.sequence; });
    return facts;
}

Exit carry_out(const AgentClient& agent, const ExplainRequest& request) {
    const core::Snapshot snapshot = agent.status().snapshot;
    const bool is_known = std::any_of(snapshot.zones.begin(), snapshot.zones.end(),
                                      [&](const core::ZoneStatus& zone) { return zone.tenant == request.tenant; });
    if (!is_known) {
        complain("the agent knows no tenant " + request.tenant.text);
        return Exit::refused;
    }
    print(story_text(style_of_output(), snapshot, request.tenant, facts_about(agent, request.tenant)));
    return Exit::fine;
}

Exit tell(const core::OrderAnswer& answer) {
    if (!answer.accepted) {
        complain("refused: " + answer.message);
        return Exit::refused;
    }
    print(codec::printable_lines(answer.message));
    return Exit::fine;
}

// Completes an order that raises (LIMIT=AMOUNT): the limit's kind says what the amount means. Returns what is wrong.
std::string add_raise(core::Order& order, const std::string& raise, const core::Snapshot& snapshot) {
    const std::size_t equals = raise.rfind('=');
    order.limit.text = raise.substr(0, equals);
    const auto limit = std::find_if(snapshot.limits.begin(), snapshot.limits.end(),
                                    [&](const core::LimitStatus& one) { return one.name == order.limit; });
    if (limit == snapshot.limits.end())
        return "the agent knows no limit " + order.limit.text;
    order.raise_to = parse_amount(*limit, raise.substr(equals + 1));
    if (!order.raise_to)
        return raise.substr(equals + 1) + " is no amount for a limit of kind " + core::to_text(limit->kind);
    return {};
}

Exit carry_out(const AgentClient& agent, const OrderRequest& request) {
    core::Order order = request.order;
    std::string problem;
    if (!request.raise.empty() && request.raise.find('=') == std::string::npos)
        problem = "write LIMIT=AMOUNT, for example daily=80";
    else if (!request.raise.empty())
        problem = add_raise(order, request.raise, agent.status().snapshot);
    if (!problem.empty()) {
        complain(problem);
        return Exit::usage;
    }
    return tell(agent.order(order));
}

Exit carry_out(const AgentClient& agent, const RehearseRequest& request) {
    return tell(agent.rehearse(request.zone));
}

void print_facts(const std::vector<core::RecordedFact>& facts, bool json) {
    std::string text;
    for (const core::RecordedFact& fact : facts)
        text += json ? to_json(fact) : fact_line(fact);
    print(text);
}

// What was asked for first and what comes then is one sequence: the stream begins after the last fact that was listed.
Exit follow(const AgentClient& agent, const JournalRequest& request, std::uint64_t after) {
    agent.watch_facts({request.tenant, request.zone, after, 0}, [&](const codec::WatchedFacts& watched) {
        if (watched.missed_count > 0)
            complain(std::to_string(watched.missed_count) + " facts were not sent here; `noodstop journal` has them");
        print_facts(watched.facts, request.json);
        return is_output_open();
    });
    return Exit::fine;
}

Exit carry_out(const AgentClient& agent, const JournalRequest& request) {
    const auto facts = agent.facts({request.tenant, request.zone, request.after, request.most});
    print_facts(facts, request.json);
    if (!request.follow)
        return Exit::fine;
    return follow(agent, request, facts.empty() ? request.after : facts.back().sequence);
}

Exit check_config(const ConfigCheckRequest& request) {
    const config::Loaded loaded = config::load_file(request.file, config::this_machine());
    for (const config::Mistake& mistake : loaded.mistakes)
        print(codec::printable_text(config::to_text(mistake)) + "\n");
    for (const config::Mistake& remark : loaded.remarks)
        print("remark: " + codec::printable_text(config::to_text(remark)) + "\n");
    if (!loaded.ok())
        return Exit::refused;
    print(codec::printable_text(request.file) + " is fine\n");
    return Exit::fine;
}

Exit exit_for(const CallFailed& failure) {
    const bool silent =
        failure.code == platform::RpcCode::unavailable || failure.code == platform::RpcCode::deadline_exceeded;
    return silent ? Exit::unreachable : Exit::refused;
}

struct Runner {
    const Request& request;

    Exit operator()(const ConfigCheckRequest& command) const { return check_config(command); }
    Exit operator()(const FleetRequest& command) const { return show_fleet(command); }
    Exit operator()(const ConfigReferenceRequest&) const {
        print(config::reference_markdown());
        return Exit::fine;
    }
    Exit operator()(const EnrollRequest& command) const {
        ::umask(S_IWGRP | S_IWOTH);  // another user than who enrolls reads certificates and passes through the folder
        return command.certificate.empty() ? enroll(command) : install_certificate(command);
    }
    template <class Command>
    Exit operator()(const Command& command) const {
        return carry_out(AgentClient(request.socket_path), command);
    }
};

}  // namespace

Exit run(const Request& request) {
    try {
        return std::visit(Runner{request}, request.command);
    } catch (const CallFailed& failure) {
        complain(failure.what());
        return exit_for(failure);
    }
}

}  // namespace noodstop::cli
