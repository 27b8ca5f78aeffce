#include "agent/config/build_policy.hpp"
#include "agent/config/relations.hpp"

namespace noodstop::config {
namespace {

std::optional<core::HourlyRate> optional_rate(const Entry& entry, std::string_view key) {
    return entry.has(key) ? std::optional(rate_of(entry, key)) : std::nullopt;
}

core::Money amount_of(const Draft& draft, const Entry& item, std::string_view key) {
    const auto& limit = *draft.find("limits", item.text("limit"));
    return {*threshold(limit, *item.number(key))};
}

core::Grant build_grant(const Entry& entry) {
    core::Grant grant{{entry.text("provider")}, {}};
    for (const auto& lever : texts_of(entry, "levers"))
        grant.levers.push_back(*core::lever_from_name(lever));
    return grant;
}

core::BaselineSelector build_selector(const Entry& entry) {
    core::BaselineSelector selector;
    selector.provider = {entry.text("provider")};
    selector.exact = entry.has("id");
    selector.prefix = entry.text(selector.exact ? "id" : "prefix");
    if (entry.has("count_max"))
        selector.count_max = count_of(entry, "count_max");
    selector.rate_max = optional_rate(entry, "rate_max");
    return selector;
}

void set_resources(core::Mandate& mandate, const Draft& draft, const Entry& entry) {
    for (const auto& item : entry.tables("protected"))
        mandate.protected_resources.push_back(
            {{item.text("provider")}, {item.text("id")}, optional_rate(item, "rate_max")});
    for (const auto& item : entry.tables("baseline"))
        mandate.baseline.push_back(build_selector(item));
    for (const auto& item : entry.tables("exceptions"))
        mandate.exceptions.push_back({{item.text("limit")},
                                      moment_of(item, "from"),
                                      moment_of(item, "until"),
                                      amount_of(draft, item, "amount")});
}

void set_ceilings(core::Mandate& mandate, const Draft& draft, const Entry& entry) {
    if (entry.has("poll_interval_max"))
        mandate.poll_interval_max = duration_of(entry, "poll_interval_max");
    for (const auto& item : entry.tables("ceilings"))
        mandate.ceilings.push_back({{item.text("limit")}, amount_of(draft, item, "amount_max")});
    for (const auto& item : entry.tables("grants"))
        mandate.grants.push_back(build_grant(item));
    mandate.shed_to_min = rate_of(entry, "shed_to_min");
    mandate.baseline_may_be_shed = entry.flag("baseline_may_be_shed");
    mandate.bills_may_stop = entry.flag("bills_may_stop");
    mandate.baseline_stops_per_hour_max = count_of(entry, "baseline_stops_per_hour_max");
    mandate.loosening_quorum = count_of(entry, "loosening_quorum");
}

core::Mandate build_mandate(const Draft& draft, const Entry& entry) {
    core::Mandate mandate;
    mandate.id = {entry.name()};
    mandate.tenant = {tenant_of_mandate(draft, entry)};
    for (auto& zone : texts_of(entry, "scope"))
        mandate.scope.push_back({std::move(zone)});
    mandate.version = static_cast<std::uint64_t>(*entry.number("version"));
    mandate.is_signed = false;
    mandate.owner = entry.text("owner");
    mandate.contract = entry.text("contract");
    mandate.valid_from = moment_of(entry, "valid_from");
    mandate.valid_until = moment_of(entry, "valid_until");
    set_ceilings(mandate, draft, entry);
    set_resources(mandate, draft, entry);
    return mandate;
}

}  // namespace

std::vector<core::Mandate> build_mandates(const Draft& draft) {
    std::vector<core::Mandate> mandates;
    for (const auto& entry : draft.all("mandates"))
        mandates.push_back(build_mandate(draft, entry));
    return mandates;
}

}  // namespace noodstop::config
