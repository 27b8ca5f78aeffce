#include "agent/config/build_policy.hpp"

#include <algorithm>

namespace noodstop::config {
namespace {

std::int64_t number_of(const Entry& entry, std::string_view key) {
    return entry.find(key)->number;
}

core::AgentPolicy build_agent(const Entry& agent, const Machine& machine) {
    core::AgentPolicy policy;
    policy.name = agent.text("name").empty() ? machine.host_name : agent.text("name");
    policy.state_folder = agent.text("state_folder");
    policy.socket_path = agent.text("socket_path");
    policy.socket_group = agent.text("socket_group");
    policy.doors_user = agent.text("doors_user");
    policy.time_zone = agent.text("time_zone");
    policy.durability_deadline = duration_of(agent, "durability_deadline");
    policy.checkpoint_interval = duration_of(agent, "checkpoint_interval");
    policy.journal_retention = duration_of(agent, "journal_retention");
    policy.calm_interval = duration_of(agent, "calm_interval");
    policy.lock_memory = agent.flag("lock_memory");
    policy.raise_priority = agent.flag("raise_priority");
    policy.channel.spool_bytes_max = std::uint64_t{count_of(agent, "spool_max")} << 20;
    return policy;
}

core::Price build_price(const Entry& entry) {
    core::Price price;
    price.sku = entry.text("sku");
    price.region = entry.text("region");
    price.family = entry.text("family");
    price.metric = *core::metric_from_name(entry.text("metric"));
    price.rate = {entry.number("price").value_or(0)};  // not given only where it is free
    price.free = entry.flag("free");
    return price;
}

std::vector<core::TenantPolicy> build_tenants(const Draft& draft) {
    std::vector<core::TenantPolicy> tenants;
    for (const auto& entry : draft.all("tenants"))
        tenants.push_back({{entry.name()}, entry.text("currency")});
    return tenants;
}

std::vector<core::Notification> build_notifications(const Draft& draft) {
    std::vector<core::Notification> notifications;
    for (const auto& entry : draft.all("notifications"))
        notifications.push_back(
            {entry.name(), texts_of(entry, "command"), texts_of(entry, "facts"), duration_of(entry, "deadline")});
    return notifications;
}

std::vector<core::LeverRule> build_levers(const Entry& runbook, std::string_view stage) {
    std::vector<core::LeverRule> rules;
    for (const auto& rule : runbook.tables(stage))
        rules.push_back({*core::lever_from_name(rule.text("lever")), duration_of(rule, "deadline")});
    return rules;
}

}  // namespace

core::Duration duration_of(const Entry& entry, std::string_view key) {
    return core::Duration{number_of(entry, key)};
}

core::HourlyRate rate_of(const Entry& entry, std::string_view key) {
    return {number_of(entry, key)};
}

core::WallTime moment_of(const Entry& entry, std::string_view key) {
    return {core::Duration{number_of(entry, key)}};
}

std::uint32_t count_of(const Entry& entry, std::string_view key) {
    return static_cast<std::uint32_t>(number_of(entry, key));
}

std::vector<std::string> texts_of(const Entry& entry, std::string_view key) {
    std::vector<std::string> texts;
    for (const auto& word : entry.words(key))
        texts.push_back(word.text);
    return texts;
}

std::vector<core::PriceList> build_price_lists(const Draft& draft) {
    std::vector<core::PriceList> lists;
    for (const auto& entry : draft.all("price_lists")) {
        core::PriceList list;
        list.name = {entry.name()};
        list.currency = entry.text("currency");
        list.source = entry.text("source");
        list.as_of = moment_of(entry, "as_of");
        list.stale_after = duration_of(entry, "stale_after");
        list.unknown_price = rate_of(entry, "unknown_price");
        for (const auto& price : entry.tables("prices"))
            list.prices.push_back(build_price(price));
        lists.push_back(std::move(list));
    }
    return lists;
}

std::vector<core::Runbook> build_runbooks(const Draft& draft) {
    std::vector<core::Runbook> runbooks;
    for (const auto& entry : draft.all("actions")) {
        core::Runbook runbook;
        runbook.name = {entry.name()};
        runbook.stop = build_levers(entry, "stop");
        runbook.hold = build_levers(entry, "hold");
        runbook.retry_first = duration_of(entry, "retry_first");
        runbook.retry_max = duration_of(entry, "retry_max");
        runbook.overdue_after = duration_of(entry, "overdue_after");
        runbooks.push_back(std::move(runbook));
    }
    return runbooks;
}

core::Policy build_policy(const Draft& draft, const Machine& machine) {
    core::Policy policy;
    policy.agent = build_agent(draft.all("agent").front(), machine);
    policy.price_lists = build_price_lists(draft);
    policy.providers = build_providers(draft, machine);
    policy.tenants = build_tenants(draft);
    policy.zones = build_zones(draft);
    policy.limits = build_limits(draft);
    policy.runbooks = build_runbooks(draft);
    policy.mandates = build_mandates(draft);
    policy.notifications = build_notifications(draft);
    build_channel(draft, policy.agent.channel);
    return policy;
}

}  // namespace noodstop::config
