#include "agent/core/fact.hpp"

#include "agent/core/name_table.hpp"

#include <algorithm>

namespace noodstop::core {
namespace {

constexpr auto kind_names = std::to_array<NamedValue<FactKind>>({
    {FactKind::agent_started, "agent_started"},
    {FactKind::agent_stopped, "agent_stopped"},
    {FactKind::policy_loaded, "policy_loaded"},
    {FactKind::policy_refused, "policy_refused"},
    {FactKind::policy_tightened, "policy_tightened"},
    {FactKind::state_lost, "state_lost"},
    {FactKind::latch_found, "latch_found"},
    {FactKind::privilege_refused, "privilege_refused"},
    {FactKind::durability_lost, "durability_lost"},
    {FactKind::durability_restored, "durability_restored"},
    {FactKind::child_restarted, "child_restarted"},
    {FactKind::fault_survived, "fault_survived"},
    {FactKind::resource_appeared, "resource_appeared"},
    {FactKind::resource_changed, "resource_changed"},
    {FactKind::resource_gone, "resource_gone"},
    {FactKind::usage_vanished, "usage_vanished"},
    {FactKind::look_absent, "look_absent"},
    {FactKind::look_late, "look_late"},
    {FactKind::blind_began, "blind_began"},
    {FactKind::blind_ended, "blind_ended"},
    {FactKind::counter_restarted, "counter_restarted"},
    {FactKind::price_unknown, "price_unknown"},
    {FactKind::price_stale, "price_stale"},
    {FactKind::price_changed, "price_changed"},
    {FactKind::price_acknowledged, "price_acknowledged"},
    {FactKind::metric_unknown, "metric_unknown"},
    {FactKind::resources_max_reached, "resources_max_reached"},
    {FactKind::bill_reconciled, "bill_reconciled"},
    {FactKind::window_opened, "window_opened"},
    {FactKind::time_suspect, "time_suspect"},
    {FactKind::time_trusted, "time_trusted"},
    {FactKind::limit_warned, "limit_warned"},
    {FactKind::limit_calm, "limit_calm"},
    {FactKind::limit_held, "limit_held"},
    {FactKind::hold_ended, "hold_ended"},
    {FactKind::limit_raised, "limit_raised"},
    {FactKind::would_trip, "would_trip"},
    {FactKind::would_hold, "would_hold"},
    {FactKind::trip_withheld, "trip_withheld"},
    {FactKind::tripped, "tripped"},
    {FactKind::latched, "latched"},
    {FactKind::overdue, "overdue"},
    {FactKind::reset, "reset"},
    {FactKind::armed, "armed"},
    {FactKind::observing, "observing"},
    {FactKind::disarmed, "disarmed"},
    {FactKind::impaired, "impaired"},
    {FactKind::impairment_ended, "impairment_ended"},
    {FactKind::mandate_expired, "mandate_expired"},
    {FactKind::step_intended, "step_intended"},
    {FactKind::step_accepted, "step_accepted"},
    {FactKind::step_failed, "step_failed"},
    {FactKind::step_refused, "step_refused"},
    {FactKind::step_late, "step_late"},
    {FactKind::stop_observed, "stop_observed"},
    {FactKind::target_added, "target_added"},
    {FactKind::survivor_fixed, "survivor_fixed"},
    {FactKind::order_accepted, "order_accepted"},
    {FactKind::order_refused, "order_refused"},
    {FactKind::rehearsed, "rehearsed"},
    {FactKind::facts_summarized, "facts_summarized"},
    {FactKind::hub_missing, "hub_missing"},
    {FactKind::hub_returned, "hub_returned"},
    {FactKind::hub_went_back, "hub_went_back"},
    {FactKind::hub_disbelieved, "hub_disbelieved"},
    {FactKind::history_diverged, "history_diverged"},
    {FactKind::spool_thinned, "spool_thinned"},
    {FactKind::spool_gap, "spool_gap"},
    {FactKind::call_refused, "call_refused"},
    {FactKind::exporter_failing, "exporter_failing"},
    {FactKind::exporter_recovered, "exporter_recovered"},
});
static_assert(is_in_order(kind_names) && kind_names.back().value == last_fact_kind);

// What a person must know at once.
constexpr auto alert_kinds = std::to_array<FactKind>({
    FactKind::agent_stopped,
    FactKind::policy_refused,
    FactKind::policy_tightened,
    FactKind::state_lost,
    FactKind::latch_found,
    FactKind::privilege_refused,
    FactKind::durability_lost,
    FactKind::durability_restored,
    FactKind::child_restarted,
    FactKind::fault_survived,
    FactKind::blind_began,
    FactKind::blind_ended,
    FactKind::price_unknown,
    FactKind::metric_unknown,
    FactKind::resources_max_reached,
    FactKind::time_suspect,
    FactKind::limit_warned,
    FactKind::limit_held,
    FactKind::limit_raised,
    FactKind::would_trip,
    FactKind::would_hold,
    FactKind::trip_withheld,
    FactKind::tripped,
    FactKind::latched,
    FactKind::overdue,
    FactKind::reset,
    FactKind::armed,
    FactKind::observing,
    FactKind::disarmed,
    FactKind::impaired,
    FactKind::impairment_ended,
    FactKind::mandate_expired,
    FactKind::step_failed,
    FactKind::step_refused,
    FactKind::order_accepted,
    FactKind::order_refused,
    FactKind::price_changed,
    FactKind::price_stale,
    FactKind::hub_missing,
    FactKind::hub_returned,
    FactKind::hub_went_back,
    FactKind::hub_disbelieved,
    FactKind::history_diverged,
    FactKind::spool_gap,
    FactKind::exporter_failing,
    FactKind::exporter_recovered,
});

// Trips, stops, orders and what endangers them.
constexpr auto single_kinds = std::to_array<FactKind>({
    FactKind::agent_started,
    FactKind::agent_stopped,
    FactKind::would_trip,
    FactKind::would_hold,
    FactKind::trip_withheld,
    FactKind::tripped,
    FactKind::latched,
    FactKind::overdue,
    FactKind::reset,
    FactKind::armed,
    FactKind::observing,
    FactKind::disarmed,
    FactKind::step_intended,
    FactKind::step_accepted,
    FactKind::step_failed,
    FactKind::step_refused,
    FactKind::step_late,
    FactKind::stop_observed,
    FactKind::target_added,
    FactKind::survivor_fixed,
    FactKind::order_accepted,
    FactKind::order_refused,
    FactKind::state_lost,
    FactKind::latch_found,
    FactKind::durability_lost,
    FactKind::durability_restored,
    FactKind::facts_summarized,
    FactKind::limit_raised,
    FactKind::mandate_expired,
});

template <std::size_t count>
bool contains(const std::array<FactKind, count>& kinds, FactKind kind) {
    return std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
}

void append_name(std::string& text, const char* label, const std::string& name) {
    if (!name.empty())
        text += std::string(" ") + label + "=" + name;
}

}  // namespace

const char* to_text(FactKind kind) {
    return name_in(kind_names, kind);
}

std::optional<FactKind> fact_kind_from_name(std::string_view name) {
    return value_in(kind_names, name);
}

bool is_alert(FactKind kind) {
    return contains(alert_kinds, kind);
}

bool is_never_summarized(FactKind kind) {
    return contains(single_kinds, kind);
}

std::string to_text(const Fact& fact) {
    std::string text = to_text(fact.kind);
    append_name(text, "tenant", fact.tenant.text);
    append_name(text, "zone", fact.zone.text);
    append_name(text, "limit", fact.limit.text);
    append_name(text, "resource",
                fact.resource.empty() ? std::string() : fact.provider.text + "/" + fact.resource.text);
    if (fact.resource.empty())
        append_name(text, "provider", fact.provider.text);
    for (const FactField& field : fact.fields) {
        const bool quoted = field.value.empty() || field.value.find(' ') != std::string::npos;
        text += " " + field.name + "=" + (quoted ? "\"" + field.value + "\"" : field.value);
    }
    return text;
}

}  // namespace noodstop::core
