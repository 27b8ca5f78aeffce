// What only people may do they did: a zone opens, a limit rises, and what was stopped is started, by an order that the
// world gave, by as many as the mandate wants, within its ceiling, and not while a limit is still reached.
#include "tests/sim/check/checks.hpp"
#include "tests/sim/check/people.hpp"
#include "tests/sim/check/standing.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace noodstop::sim {
namespace {

std::string told_field(const core::Fact& fact, const char* name) {
    for (const core::FactField& one : fact.fields)
        if (one.name == name)
            return one.value;
    return {};
}

// As a fact tells the amount of a limit.
std::string told_amount(const core::Limit& limit, std::int64_t micros) {
    switch (limit.kind) {
        case core::LimitKind::spend:
            return core::to_text(core::Money{micros});
        case core::LimitKind::rate:
            return core::to_text(core::HourlyRate{micros});
        case core::LimitKind::count:
        case core::LimitKind::allow:
            return std::to_string(micros);
    }
    return {};
}

class OrdersChecker : public Checker {
public:
    const char* name() const override { return "orders"; }

    void policy_given(const core::Policy& policy) override { standing_.policy_given(policy); }
    void ordered(const core::Order& order) override {
        people_.ordered(order);
        if (order.kind == core::OrderKind::restore)
            restored_.insert(order.zone);
    }
    void replied(const core::Order& order, const core::OrderAnswer& answer) override {
        people_.replied(order, answer, world().now());
    }
    void look_delivered(const core::Look& look, Duration asked_at, Duration) override {
        standing_.look_delivered(world(), look, asked_at);
    }
    void observation_delivered(const core::Observation& seen) override {
        standing_.observed(seen.provider, world().now());
    }

    // What was raised and not told any more may be found raised.
    void ended(Ending) override {
        for (const core::Limit& limit : world().plan().policy.limits)
            for (const std::int64_t stop : people_.lawful_raises(world(), limit.name))
                standing_.raised(limit.name, stop);
        people_.process_ended();
        standing_.process_ended(world().excuses().disk_forgets);
        states_.clear();
    }

    void published(const core::Snapshot& snapshot) override {
        states_.clear();
        for (const core::ZoneStatus& zone : snapshot.zones)
            states_[zone.name] = zone.state;
    }

    void decided(const std::vector<core::RecordedFact>& facts) override {
        people_.forget_before(world().now());
        for (const core::RecordedFact& recorded : facts) {
            const core::Fact& fact = recorded.fact;
            if (fact.kind == core::FactKind::reset)
                check_reset(fact.zone);
            else if (fact.kind == core::FactKind::limit_raised)
                check_raise(fact);
            else if (fact.kind == core::FactKind::tripped && fact.limit.empty() &&
                     !people_.ordered(core::OrderKind::trip, fact.zone))
                fail("zone " + fact.zone.text + " is tripped by an order that nobody gave");
            follow(fact);
        }
    }

    void step_started(const core::StepOrder& order) override {
        if (order.lever == core::Lever::start && !restored_.contains(order.zone))
            fail(order.resource.text + " is started, and nobody ordered zone " + order.zone.text + " restored");
    }

private:
    void follow(const core::Fact& fact) {
        if (fact.kind == core::FactKind::tripped)
            states_[fact.zone] = core::BreakerState::tripped;
        else if (fact.kind == core::FactKind::latched)
            states_[fact.zone] = core::BreakerState::latched;
        else if (fact.kind == core::FactKind::reset)
            states_[fact.zone] = core::BreakerState::armed;
    }

    void check_reset(const core::ZoneName& zone) {
        const std::string what = "zone " + zone.text + " is reset, and ";
        if (!people_.ordered(core::OrderKind::reset, zone))
            return fail(what + "nobody ordered it");
        if (!people_.ordered_by_enough(world(), core::OrderKind::reset, zone))
            return fail(what + "fewer people ordered it than the mandate wants");
        const auto state = states_.find(zone);
        if (state != states_.end() && state->second != core::BreakerState::latched)
            return fail(what + "was " + core::to_text(state->second) + ", not latched");
        const core::ZonePolicy* policy = find_zone(world().configuration(), zone);
        if (policy == nullptr)
            return;
        for (const core::Limit& limit : world().configuration().limits)
            if (covers(limit, *policy) && standing_.is_reached(world(), limit))
                fail(what + "limit " + limit.name.text + " is still reached");
    }

    // A raise that a reset's order holds is told before the reset.
    void check_raise(const core::Fact& fact) {
        if (told_field(fact, "by") == "configuration")
            return;
        for (const core::Limit& limit : world().plan().policy.limits)
            if (limit.name == fact.limit)
                for (const std::int64_t stop : people_.lawful_raises(world(), limit.name))
                    if (told_amount(limit, stop) == told_field(fact, "to"))
                        return standing_.raised(limit.name, stop);
        fail("limit " + fact.limit.text + " is raised to " + told_field(fact, "to") +
             ", and nobody ordered that who may: " + core::to_text(fact));
    }

    People people_;
    Standing standing_;
    std::map<core::ZoneName, core::BreakerState> states_;  // of this process, as told
    std::set<core::ZoneName> restored_;
};

}  // namespace

std::unique_ptr<Checker> make_orders_checker() {
    return std::make_unique<OrdersChecker>();
}

}  // namespace noodstop::sim
