#include "tools/cli/story.hpp"

namespace noodstop::cli {
namespace {

using core::FactKind;

struct Row {
    FactKind kind;
    Wording wording;
};

constexpr Row rows[] = {
    {FactKind::agent_started, {Aspect::agent, "the agent started"}},
    {FactKind::agent_stopped, {Aspect::agent, "the agent stopped"}},
    {FactKind::policy_loaded, {Aspect::agent, "a configuration was loaded"}},
    {FactKind::policy_refused, {Aspect::agent, "a configuration was refused; the old one goes on"}},
    {FactKind::policy_tightened, {Aspect::agent, "of a configuration only what tightens was applied"}},
    {FactKind::state_lost, {Aspect::agent, "recorded state could not be read"}},
    {FactKind::latch_found, {Aspect::decided, "a latch that could not be read at the start closes it again"}},
    {FactKind::privilege_refused, {Aspect::agent, "the system refused the agent a privilege"}},
    {FactKind::durability_lost, {Aspect::agent, "the disk takes no records any more; stops go on"}},
    {FactKind::durability_restored, {Aspect::agent, "the disk takes records again"}},
    {FactKind::child_restarted, {Aspect::agent, "a process of the agent was started again"}},
    {FactKind::fault_survived, {Aspect::agent, "a fault of the agent's own was survived"}},
    {FactKind::resource_appeared, {Aspect::measured, "a resource appeared"}},
    {FactKind::resource_changed, {Aspect::measured, "a resource changed"}},
    {FactKind::resource_gone, {Aspect::measured, "a resource is gone"}},
    {FactKind::usage_vanished, {Aspect::measured, "usage of what vanished between looks was charged"}},
    {FactKind::look_absent,
     {Aspect::measured, "a look at the provider showed nothing; what ran goes on being charged"}},
    {FactKind::look_late, {Aspect::measured, "a look at the provider came too late"}},
    {FactKind::blind_began, {Aspect::measured, "the provider fell blind; the assumed rate is charged"}},
    {FactKind::blind_ended, {Aspect::measured, "the provider can be seen again"}},
    {FactKind::counter_restarted, {Aspect::measured, "a counter restarted; its whole value is new usage"}},
    {FactKind::price_unknown, {Aspect::measured, "a price is unknown; a high one is charged"}},
    {FactKind::price_stale, {Aspect::measured, "the price list is old"}},
    {FactKind::price_changed, {Aspect::measured, "prices changed"}},
    {FactKind::price_acknowledged, {Aspect::ordered, "changed prices were acknowledged"}},
    {FactKind::metric_unknown, {Aspect::measured, "a priced figure is not given by the kernel"}},
    {FactKind::resources_max_reached, {Aspect::measured, "there are more resources than the agent will track"}},
    {FactKind::bill_reconciled, {Aspect::measured, "a bill was reconciled with what was measured"}},
    {FactKind::window_opened, {Aspect::measured, "a new window began"}},
    {FactKind::time_suspect, {Aspect::measured, "the wall clock is not trusted"}},
    {FactKind::time_trusted, {Aspect::measured, "the wall clock is trusted again"}},
    {FactKind::limit_warned, {Aspect::decided, "the warning threshold is reached"}},
    {FactKind::limit_calm, {Aspect::decided, "a threshold is no longer reached"}},
    {FactKind::limit_held, {Aspect::decided, "new compute is held: what appears is stopped"}},
    {FactKind::hold_ended, {Aspect::decided, "new compute is no longer held"}},
    {FactKind::limit_raised, {Aspect::ordered, "a limit was raised"}},
    {FactKind::would_trip, {Aspect::decided, "the breaker would have tripped; nothing was stopped"}},
    {FactKind::would_hold, {Aspect::decided, "new compute would have been held; nothing was stopped"}},
    {FactKind::trip_withheld, {Aspect::decided, "a trip waits for changed prices to be acknowledged"}},
    {FactKind::tripped, {Aspect::decided, "THE BREAKER TRIPPED"}},
    {FactKind::latched, {Aspect::observed, "the safe state was observed; the breaker is latched"}},
    {FactKind::overdue, {Aspect::observed, "the safe state was not observed by its deadline"}},
    {FactKind::reset, {Aspect::ordered, "the breaker was reset"}},
    {FactKind::armed, {Aspect::decided, "the zone is armed"}},
    {FactKind::observing, {Aspect::decided, "the zone only observes"}},
    {FactKind::disarmed, {Aspect::decided, "the zone is DISARMED"}},
    {FactKind::impaired, {Aspect::observed, "a right or lever to stop was lost"}},
    {FactKind::impairment_ended, {Aspect::observed, "the lost right or lever is back"}},
    {FactKind::mandate_expired, {Aspect::decided, "the mandate expired"}},
    {FactKind::step_intended, {Aspect::done, "a stop was ordered"}},
    {FactKind::step_accepted, {Aspect::done, "the provider took the order"}},
    {FactKind::step_failed, {Aspect::done, "the provider did not take the order"}},
    {FactKind::step_refused, {Aspect::done, "the mandate refused a step"}},
    {FactKind::step_late, {Aspect::observed, "a stop was not observed in time; the next lever follows"}},
    {FactKind::stop_observed, {Aspect::observed, "it was observed gone"}},
    {FactKind::target_added, {Aspect::decided, "a resource is to be stopped"}},
    {FactKind::survivor_fixed, {Aspect::decided, "a resource may go on running"}},
    {FactKind::order_accepted, {Aspect::ordered, "an order was accepted"}},
    {FactKind::order_refused, {Aspect::ordered, "an order was refused"}},
    {FactKind::rehearsed, {Aspect::observed, "a rehearsal was answered"}},
    {FactKind::facts_summarized, {Aspect::agent, "a burst of facts was summarized"}},
    {FactKind::hub_missing, {Aspect::agent, "the hub has not answered for too long"}},
    {FactKind::hub_returned, {Aspect::agent, "the hub answers again"}},
    {FactKind::hub_went_back, {Aspect::agent, "the hub lost what it had acknowledged; it is sent again"}},
    {FactKind::hub_disbelieved, {Aspect::agent, "the hub acknowledged what it can't have"}},
    {FactKind::history_diverged, {Aspect::agent, "the hub knows another history: was a backup restored?"}},
    {FactKind::spool_thinned, {Aspect::agent, "samples for the hub were thinned; totals are whole"}},
    {FactKind::spool_gap, {Aspect::agent, "something was lost before the hub had it"}},
    {FactKind::call_refused, {Aspect::agent, "a call from outside was refused"}},
    {FactKind::exporter_failing, {Aspect::agent, "a receiver of counters takes nothing any more"}},
    {FactKind::exporter_recovered, {Aspect::agent, "a receiver of counters takes them again"}},
};

}  // namespace

Wording wording_of(FactKind kind) {
    for (const Row& row : rows)
        if (row.kind == kind)
            return row.wording;
    return {};
}

}  // namespace noodstop::cli
