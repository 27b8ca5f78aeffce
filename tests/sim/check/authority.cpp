// Nothing is stopped outside the mandate: not what is protected, not what was agreed unless granted, not in a zone that
// has no reason, not by a lever nobody granted, and not after the mandate's end.
#include "tests/sim/check/agreed.hpp"
#include "tests/sim/check/checks.hpp"
#include "tests/sim/check/windows.hpp"

#include <map>

namespace noodstop::sim {
namespace {

bool is_stop(core::Lever lever) {
    return lever == core::Lever::power_off || lever == core::Lever::shut_down;
}

// A step starts a little after it was decided, one more than another.
constexpr Duration baseline_hour = std::chrono::hours(1) - std::chrono::seconds(1);

class AuthorityChecker : public Checker {
public:
    const char* name() const override { return "authority"; }

    void policy_given(const core::Policy& policy) override {
        if (!policies_.empty())
            policies_.back().replaced_at = world().now();
        policies_.push_back({policy, std::nullopt, std::nullopt});
        ever_shown_.policy_given(policy);
    }
    void look_delivered(const core::Look& look, Duration, Duration) override { ever_shown_.look_delivered(look); }

    // A hold is told by a fact at once, by the status a little later.
    void decided(const std::vector<core::RecordedFact>& facts) override {
        for (const core::RecordedFact& recorded : facts)
            if (recorded.fact.kind == core::FactKind::limit_held)
                states_[recorded.fact.zone].held_at = world().now();
            else if (recorded.fact.kind == core::FactKind::policy_loaded)
                loaded_[recorded.sequence] = policies_.size();
    }

    void persist_answered(const core::RecordBatch& batch, bool durable) override {
        if (!durable)
            return;
        for (const core::RecordedFact& recorded : batch.facts)
            if (recorded.fact.kind == core::FactKind::step_intended)
                durable_intents_[recorded.fact.zone].insert(path_of(recorded.fact.provider, recorded.fact.resource));
            else if (const auto files = loaded_.find(recorded.sequence); files != loaded_.end())
                files_durable_ = std::max(files_durable_, files->second);
    }

    // What was stopped with a dead disk and in a process that died, nobody can count; and a file that was read and not
    // durable when the process died is news to the next one.
    void ended(Ending) override {
        loaded_.clear();
        for (std::size_t file = std::max<std::size_t>(files_durable_, 1); file < policies_.size(); ++file) {
            policies_[file - 1].replaced_at = world().now();
            policies_[file - 1].known_at.reset();
        }
        for (auto& [zone, ordered] : baseline_ordered_) {
            const std::set<std::string>& durable = durable_intents_[zone];
            std::erase_if(ordered, [&](const auto& entry) { return !durable.contains(entry.first); });
        }
    }

    void published(const core::Snapshot& snapshot) override {
        for (Given& given : policies_)
            if (given.replaced_at && !given.known_at)
                given.known_at = world().now();
        for (const core::ZoneStatus& zone : snapshot.zones) {
            State& state = states_[zone.name];
            if (state.now == core::BreakerState::tripped || state.now == core::BreakerState::latched)
                state.closed_at = world().now();
            state.now = zone.state;
            // A start that could read nothing knows nothing of a closed zone; the next one does.
            const bool is_closed = state.now == core::BreakerState::tripped || state.now == core::BreakerState::latched;
            if (is_closed && !state.closed_since)
                state.closed_since = world().now();
            else if (!is_closed && !world().disk_was_unreadable())
                state.closed_since.reset();
            if (zone.held && zone.state == core::BreakerState::armed)
                state.held_at = world().now();
        }
    }

    void step_started(const core::StepOrder& order) override {
        check_state(order);
        std::string why = "no policy has zone " + order.zone.text;
        for (const Given& given : policies_)
            if (may_be_in_force(given)) {
                why = refusal(given.policy, order);
                if (why.empty())
                    break;
            }
        if (!why.empty())
            fail("step " + std::to_string(order.id.number) + ", " + core::to_text(order.lever) + " of " +
                 order.provider.text + "/" + order.resource.text + ": " + why);
        count_baseline(order);
        if (is_stop(order.lever) && is_baseline_name(order.resource.text))
            stopped_baseline_.insert({order.provider.text, order.resource.text});
    }

private:
    struct Given {
        core::Policy policy;
        std::optional<Duration> replaced_at;  // by the next one
        std::optional<Duration> known_at;     // by then the agent has read the next one
    };

    struct State {
        core::BreakerState now = core::BreakerState::disarmed;
        std::optional<Duration> held_at;
        std::optional<Duration> closed_since;
        std::optional<Duration> closed_at;  // last seen so, with the snapshot that says otherwise
    };

    // A step may be on its way when the file changes, and one that replaced another is not taken up while any zone is
    // closed that the old one closed.
    bool may_be_in_force(const Given& given) const {
        if (!given.known_at || world().now() - *given.known_at <= std::chrono::seconds(1))
            return true;
        return std::any_of(states_.begin(), states_.end(), [&](const auto& entry) {
            return entry.second.closed_since && *entry.second.closed_since <= *given.replaced_at;
        });
    }

    static std::string path_of(const core::ProviderName& provider, const core::ResourceId& resource) {
        return provider.text + "/" + resource.text;
    }

    // As last published; a step that waited for the disk may be a little behind.
    void check_state(const core::StepOrder& order) {
        const State& state = states_[order.zone];
        const bool closed = state.now == core::BreakerState::tripped || state.now == core::BreakerState::latched ||
                            (state.closed_at && world().now() - *state.closed_at <= std::chrono::milliseconds(50));
        const bool held = state.held_at &&
                          world().now() - *state.held_at <= std::chrono::seconds(5) + world().plan().poll_interval * 10;
        const std::string where = " in zone " + order.zone.text + ", which is " + core::to_text(state.now);
        if (is_stop(order.lever) && !closed && !held)
            fail(std::string(core::to_text(order.lever)) + where);
        if (order.lever == core::Lever::suspend && !held)
            fail(std::string("suspend") + where + " and not held");
        if (order.lever == core::Lever::start &&
            !stopped_baseline_.contains({order.provider.text, order.resource.text}))
            fail("start of " + order.resource.text + ", which no step was to stop as baseline");
    }

    std::string refusal(const core::Policy& policy, const core::StepOrder& order) const {
        const core::ZonePolicy* zone = find_zone(policy, order.zone);
        if (zone == nullptr)
            return "no such zone";
        if (std::find(zone->providers.begin(), zone->providers.end(), order.provider) == zone->providers.end())
            return "the zone does not cover " + order.provider.text;
        const core::Mandate* mandate = find_mandate(policy, *zone);
        if (mandate == nullptr)
            return "no mandate";
        if (std::find(mandate->scope.begin(), mandate->scope.end(), order.zone) == mandate->scope.end())
            return "the mandate does not cover the zone";
        const core::WallTime earliest = world().true_wall() + world().window_time().earliest();
        if (earliest > mandate->valid_until + world().plan().poll_interval)
            return "the mandate has expired";
        const core::Lever needed = order.lever == core::Lever::resume ? core::Lever::suspend : order.lever;
        const bool granted = std::any_of(mandate->grants.begin(), mandate->grants.end(), [&](const core::Grant& grant) {
            return grant.provider == order.provider &&
                   std::find(grant.levers.begin(), grant.levers.end(), needed) != grant.levers.end();
        });
        if (!granted)
            return "the lever is not granted";
        return refusal_for_class(policy, *mandate, order);
    }

    std::string refusal_for_class(const core::Policy& policy, const core::Mandate& mandate,
                                  const core::StepOrder& order) const {
        if (!is_stop(order.lever) && order.lever != core::Lever::suspend)
            return {};
        if (is_protected(policy, order))
            return "it is protected";
        if (is_baseline_name(order.resource.text) && !mandate.baseline_may_be_shed &&
            is_surely_agreed(mandate, order.provider))
            return "it is agreed, and the mandate does not let it be stopped";
        return {};
    }

    // By the mandate of any zone that sees it.
    bool is_protected(const core::Policy& policy, const core::StepOrder& order) const {
        return std::any_of(policy.zones.begin(), policy.zones.end(), [&](const core::ZonePolicy& zone) {
            const core::Mandate* mandate = find_mandate(policy, zone);
            return mandate != nullptr &&
                   std::find(zone.providers.begin(), zone.providers.end(), order.provider) != zone.providers.end() &&
                   std::any_of(mandate->protected_resources.begin(), mandate->protected_resources.end(),
                               [&](const core::ProtectedResource& kept) {
                                   return kept.provider == order.provider && kept.id == order.resource &&
                                          ever_shown_.is_within(kept);
                               });
        });
    }

    // Beyond its bounds one is unknown; which one, a life that was ever beyond them is not asked.
    bool is_surely_agreed(const core::Mandate& mandate, const core::ProviderName& provider) const {
        return std::any_of(mandate.baseline.begin(), mandate.baseline.end(), [&](const core::BaselineSelector& one) {
            return one.provider == provider && ever_shown_.is_within(one);
        });
    }

    // The blast radius: how many agreed ones may be stopped in an hour. Ordering again what has not obeyed is no other
    // stop, however late.
    void count_baseline(const core::StepOrder& order) {
        if (!is_stop(order.lever) || !is_baseline_name(order.resource.text) || world().excuses().disk_forgets)
            return;
        std::uint32_t most = 0;
        for (const Given& given : policies_)
            for (const core::Mandate& mandate : given.policy.mandates) {
                if (!is_surely_agreed(mandate, order.provider))
                    return;
                most = std::max(most, mandate.baseline_stops_per_hour_max);
            }
        std::map<std::string, Duration>& ordered = baseline_ordered_[order.zone];
        ordered.try_emplace(path_of(order.provider, order.resource), world().now());
        const auto count = std::count_if(ordered.begin(), ordered.end(), [this](const auto& entry) {
            return world().now() - entry.second < baseline_hour;
        });
        if (count > static_cast<std::ptrdiff_t>(most) && !world().excuses().clock_wrong)
            fail(std::to_string(count) + " agreed resources are stopped within an hour in zone " + order.zone.text +
                 ", and the mandate lets at most " + std::to_string(most));
    }

    std::vector<Given> policies_;
    std::map<std::uint64_t, std::size_t> loaded_;  // by the fact that tells it: how many files there were
    std::size_t files_durable_ = 0;
    EverShown ever_shown_;
    std::map<core::ZoneName, State> states_;
    std::set<std::pair<std::string, std::string>> stopped_baseline_;
    std::map<core::ZoneName, std::map<std::string, Duration>> baseline_ordered_;
    std::map<core::ZoneName, std::set<std::string>> durable_intents_;
};

}  // namespace

std::unique_ptr<Checker> make_authority_checker() {
    return std::make_unique<AuthorityChecker>();
}

}  // namespace noodstop::sim
