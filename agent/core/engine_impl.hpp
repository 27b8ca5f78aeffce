// The inside of the engine: its state, and one room per subject.
//
//   engine.cpp            one step: time, charges, input, limits, zones, effects
//   engine_limits.cpp     what limits sum, and what their stages cause
//   engine_zones.cpp      trips, holds, sweeps, the safe state
//   engine_orders.cpp     what people order
//   engine_rehearsal.cpp  whether the granted levers could be pulled
//   engine_policy.cpp     taking up a configuration; only tightening reaches closed zones
//   engine_state.cpp      saving and recovering
//   engine_snapshot.cpp   what status shows
//   engine_counters.cpp   what streams out
#pragma once

#include "agent/core/breaker.hpp"
#include "agent/core/engine.hpp"
#include "agent/core/limit_watch.hpp"
#include "agent/core/policy_merge.hpp"
#include "agent/core/shedding.hpp"
#include "agent/core/timeline.hpp"

namespace noodstop::core {

using Places = std::vector<std::size_t>;  // indexes into zones, providers or limits

struct ProviderRoom {
    ProviderRoom(Meter meter_of) : meter(std::move(meter_of)) {}

    Meter meter;
    Places zones;                        // that it belongs to
    std::optional<Instant> last_good;    // taken_at of the last good look
    std::optional<Instant> last_wanted;  // when a look was last wanted because nothing was left to stop
    bool blind_told = false;
    bool absent_told = false;
    bool overflow_told = false;
    bool stale_told = false;
    std::vector<RehearsalLine> rehearsal;  // the last answers
    bool rehearsed = false;                // answered, or given up, since the start
    std::optional<Instant> rehearsal_deadline;
    Instant next_rehearsal;
};

// All that was charged in a zone, for those who are told of counters.
struct Spent {
    Money amount;
    Instant began;                  // of the counting
    std::optional<WallTime> since;  // the same, fixed once the time can be trusted
};

template <class Archive>
void describe(Archive& archive, Spent& spent) {
    archive(spent.amount, spent.began, spent.since);
}

inline std::string spent_key(const ZoneName& zone) {
    return "spent/" + zone.text;
}

struct ZoneRoom {
    ZonePolicy policy;
    Runbook runbook;
    std::optional<Mandate> mandate;
    Places providers;
    Breaker breaker;
    std::optional<Spent> spent;  // while somebody is told

    const Mandate* mandate_or_null() const { return mandate ? &*mandate : nullptr; }
};

struct LimitRoom {
    LimitWatch watch;
    Places zones;      // in scope
    Places providers;  // of these zones, each once
    std::array<bool, stage_count> told{};
    bool withheld_told = false;
};

// A look that came with this step and told something.
struct FreshLook {
    std::size_t provider = 0;
    Instant taken_at;
    bool good = false;
};

struct RehearsalWait {
    std::uint64_t request = 0;
    Places providers;
};

struct Engine::Impl {
    Impl(Policy policy_in_force, const Recovered& recovered);

    // engine.cpp
    Effects step(std::span<const Input> inputs, const ClockReading& clock);
    void begin(const ClockReading& clock);
    void resume_meters();
    void date_the_past();
    void tell_time(Timeline::Remark remark);
    void charge_time(Timeline::Remark remark, Instant before);
    void open_windows();
    void open_window(LimitRoom& limit);
    void charge(const ProviderRoom& provider, const TimedCharge& charge);
    void take(const Tick&) {}
    void take(const Look& look);
    void take(const StepReport& report);
    void take(const Observation& observation);
    void take(const Rehearsal& rehearsal);
    void take(const OrderInput& input);
    void take(const RehearsalRequest& request);
    void take(const PolicyChange& change);
    void take(const Calendar& calendar_);
    void take(const LateBill& bill);
    void take(const Notice& notice);
    void take(const LatchesFound& found);
    void tell_look(ProviderRoom& provider, const Look& look, Meter::Taken taken);
    void watch_blindness();
    void finish();
    void name_tenant(Fact& told) const;
    Duration next_step_within() const;

    // engine_limits.cpp
    void evaluate_limits();
    void evaluate(LimitRoom& limit);
    Usage usage(const LimitRoom& limit) const;
    std::int64_t counted(const LimitRoom& limit) const;
    std::int64_t offenders(const Limit& rule, const ProviderRoom& provider) const;
    bool offends(const Limit& rule, const Variety& variety) const;
    std::int64_t weight(const Limit& rule, const Metered& resource) const;
    void tell_stages(LimitRoom& limit);
    void apply_exceptions(LimitRoom& limit);
    bool caused(std::size_t zone, Stage stage) const;
    void act_on_limits();
    void enforce(LimitRoom& limit);
    void tell_would_trip(LimitRoom& limit, std::size_t zone);
    void mind_flags(std::size_t zone);
    bool is_fresh_for(const Places& providers) const;
    Duration reaction(const ZoneRoom& zone) const;

    // engine_zones.cpp
    std::vector<Candidate> candidates(const Places& among, const LimitRoom* limit) const;
    std::optional<Candidate> candidate_in(const Places& of_zones, const ProviderRoom& provider, const Metered& resource,
                                          ResourceClass class_, const LimitRoom* limit) const;
    std::set<ResourceKey> being_stopped(const LimitRoom& limit) const;
    Choice choose(const LimitRoom& limit, const std::vector<Candidate>& among) const;
    void trip(const Places& opened, const std::vector<Candidate>& among, const Choice& choice, Fact cause);
    void add_target(std::size_t zone, const ProviderName& provider, const ResourceId& resource, ResourceClass class_,
                    Purpose purpose);
    void shed_more(const LimitName& limit, const std::string& reason, const std::vector<Candidate>& among,
                   const Choice& choice);
    bool covers(const ZoneRoom& zone, const ProviderName& provider) const;
    void settle(std::size_t zone);
    void sweep_closed_zones();
    void sweep(std::size_t zone);
    void sweep(std::size_t zone, const FreshLook& look);
    void sweep_closed(std::size_t zone, const FreshLook& look);
    void sweep_held(std::size_t zone, const FreshLook& look);
    void sweep_up(std::size_t zone, const ProviderName& provider, const Metered& resource, ResourceClass class_,
                  Purpose purpose, const char* reason);
    void rewrite_latch(ZoneRoom& zone);
    void begin_hold(std::size_t zone);
    void end_hold(std::size_t zone);
    void recall_holds(ZoneRoom& zone);
    void resume_suspended(std::size_t zone);
    void drive_targets(std::size_t zone);
    void finish_target(ZoneRoom& zone, const Target& target);
    void want_look_after_stop(ProviderRoom& provider);
    void mind_safe_state(std::size_t zone);
    void mind_modes();
    void mind_mandate(std::size_t zone);
    void change_state(std::size_t zone, BreakerState next, FactKind kind, const std::string& reason,
                      std::vector<FactField> fields = {});
    RunbookScene scene(ZoneRoom& zone);
    std::vector<ResourceClass> classes(const ProviderRoom& provider) const;

    // engine_orders.cpp
    OrderAnswer carry_out(const Order& order);
    OrderAnswer order_trip(const Order& order, std::size_t zone);
    OrderAnswer order_trip_of_survivors(const Order& order, std::size_t zone);
    OrderAnswer order_reset(const Order& order, std::size_t zone);
    OrderAnswer order_raise(const Order& order);
    std::string reset_refusal(const Order& order, std::size_t zone) const;
    std::string headroom_text(std::size_t zone) const;
    OrderAnswer order_mode(const Order& order, std::size_t zone);
    OrderAnswer order_restore(std::size_t zone);
    OrderAnswer order_acknowledgement();
    std::string raise_refusal(const Order& order) const;
    std::string quorum_refusal(const Order& order, const Places& among) const;
    void raise_limit(const Order& order);

    // engine_rehearsal.cpp
    void mind_rehearsals();
    void rehearse(std::size_t provider);
    std::vector<Lever> granted_levers(const ProviderRoom& provider) const;
    void answer_rehearsals();
    std::string refused_lever(const ZoneRoom& zone) const;
    bool rehearsed(const ZoneRoom& zone) const;
    bool unanswered(const ZoneRoom& zone) const;
    void mind_readiness(std::size_t zone);

    // engine_policy.cpp
    void configure(Policy next);
    void connect();
    void connect_zone(const ZonePolicy& next, std::vector<ZoneRoom>& old_zones);
    void connect_limit(const Limit& next, std::vector<LimitRoom>& old_limits);
    void adopt_modes();
    void tell_raised_limits(const Policy& before, const Policy& after);

    // engine_state.cpp
    void recover(const Recovered& recovered);
    void recover_zone(ZoneRoom& zone, const Recovered& recovered);
    void recover_limit(LimitRoom& limit, const Recovered& recovered);
    StatePieces save() const;
    std::string engine_piece() const;
    std::string reserve_piece(const LimitRoom& limit) const;
    void mark_zone(const ZoneRoom& zone);
    std::uint64_t digest() const;

    // engine_snapshot.cpp
    Snapshot snapshot() const;
    std::vector<ResourceStatus> resources() const;
    ZoneStatus status_of(const ZoneRoom& zone) const;
    LimitStatus status_of(const LimitRoom& limit) const;
    std::string why_disarmed(const ZoneRoom& zone) const;
    std::string currency_of(const TenantName& tenant) const;

    // engine_counters.cpp
    std::vector<Counter> counters() const;
    void append_resource_counters(const ProviderRoom& provider, std::vector<Counter>& all) const;
    void count_spent(const ProviderRoom& provider, Money amount);
    void date_spent();
    void follow_channel(ZoneRoom& zone) const;
    void recover_spent(ZoneRoom& zone, const Recovered& recovered);

    Fact fact(FactKind kind) const;
    Fact fact(FactKind kind, const ZoneRoom& zone) const;
    Fact fact(FactKind kind, const LimitRoom& limit) const;
    std::optional<std::size_t> zone_place(const ZoneName& name) const;
    std::optional<std::size_t> provider_place(const ProviderName& name) const;
    LimitRoom* find_limit(const LimitName& name);
    std::string amount_text(const LimitRoom& limit, std::int64_t amount) const;
    std::string threshold_text(const LimitRoom& limit, Stage stage) const;

    Policy policy;                         // in force
    Policy configured;                     // as given at the start, taken up by the first step
    std::optional<Policy> waiting_policy;  // takes effect zone by zone, as the closed ones are reset
    ProviderPrices acknowledged;           // the prices that decide
    bool prices_pending = false;
    Timeline time;
    Calendar calendar;
    FactLog facts;
    std::uint64_t last_step_number = 0;
    std::uint64_t looks = 0;
    std::vector<std::string> recovery_problems;
    bool begun = false;
    bool stopping = false;  // in order: what is reserved for a crash is given back

    std::vector<ProviderRoom> providers;  // in the order of the policy, as zones and limits
    std::vector<ZoneRoom> zones;
    std::vector<LimitRoom> limits;
    std::vector<RehearsalWait> rehearsal_waits;

    // Of the step under way.
    Instant now;
    WallTime wall;
    Effects effects;
    std::set<std::size_t> changed_zones;  // whose piece must be durable with this step
    std::vector<FreshLook> fresh;
};

}  // namespace noodstop::core
