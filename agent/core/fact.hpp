// A fact: something that was measured, decided, done or observed, worth keeping. Facts are what the journal holds,
// what explain tells from, and what notifications carry.
#pragma once

#include "agent/core/units.hpp"

#include <optional>
#include <vector>

namespace noodstop::core {

enum class FactKind : std::uint8_t {
    // life of the agent
    agent_started,
    agent_stopped,
    policy_loaded,
    policy_refused,
    policy_tightened,
    state_lost,
    latch_found,
    privilege_refused,
    durability_lost,
    durability_restored,
    child_restarted,
    fault_survived,
    // metering
    resource_appeared,
    resource_changed,
    resource_gone,
    usage_vanished,
    look_absent,
    look_late,
    blind_began,
    blind_ended,
    counter_restarted,
    price_unknown,
    price_stale,
    price_changed,
    price_acknowledged,
    metric_unknown,
    resources_max_reached,
    bill_reconciled,
    window_opened,
    time_suspect,
    time_trusted,
    // limits and breaker
    limit_warned,
    limit_calm,
    limit_held,
    hold_ended,
    limit_raised,
    would_trip,
    would_hold,
    trip_withheld,
    tripped,
    latched,
    overdue,
    reset,
    armed,
    observing,
    disarmed,
    impaired,
    impairment_ended,
    mandate_expired,
    // steps
    step_intended,
    step_accepted,
    step_failed,
    step_refused,
    step_late,
    stop_observed,
    target_added,
    survivor_fixed,
    // orders and rehearsals
    order_accepted,
    order_refused,
    rehearsed,
    facts_summarized,
    // uplink
    hub_missing,
    hub_returned,
    hub_went_back,
    hub_disbelieved,
    history_diverged,
    spool_thinned,
    spool_gap,
    // doors
    call_refused,
    exporter_failing,
    exporter_recovered,
};
// New kinds come last: state that was written before them names the others by their numbers.
inline constexpr FactKind last_fact_kind = FactKind::exporter_recovered;

struct FactField {
    std::string name;   // snake_case, from a small vocabulary
    std::string value;  // text as a person reads it
    bool operator==(const FactField&) const = default;
};

struct Fact {
    FactKind kind = FactKind::agent_started;
    Instant at;
    WallTime wall;
    TenantName tenant;  // empty where it does not apply; so are the next four
    ZoneName zone;
    ProviderName provider;
    ResourceId resource;
    LimitName limit;
    std::vector<FactField> fields;
    bool operator==(const Fact&) const = default;
};

// A fact as the journal holds it.
struct RecordedFact {
    std::uint64_t sequence = 0;  // 1, 2, ... without gaps over the life of a state folder
    Fact fact;
};

const char* to_text(FactKind kind);  // the kind's name, snake_case: stable
std::optional<FactKind> fact_kind_from_name(std::string_view name);

// Must a person know it at once? Decides what notifications carry by default.
bool is_alert(FactKind kind);

// Trips, stops, orders: recorded one by one whatever the flood; other kinds are summarized in a burst.
bool is_never_summarized(FactKind kind);

// One line for people: "tripped zone=dev limit=daily exposure=51.20 ...".
std::string to_text(const Fact& fact);

}  // namespace noodstop::core
