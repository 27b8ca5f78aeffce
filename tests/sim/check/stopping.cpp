// From tripped to latched: where all clouds obey and answer, the safe state is observed within the reaction and one
// poll, also on a dead disk. The clock begins anew with what takes time by the rules: something that was started since,
// a cloud that does not answer or obey, a process that was frozen or began again, survivors that are taken later,
// a latch that is found late.
#include "tests/sim/check/checks.hpp"
#include "tests/sim/check/rules.hpp"
#include "tests/sim/check/windows.hpp"

#include <map>
#include <set>
#include <tuple>

namespace noodstop::sim {
namespace {

constexpr Duration stopping_slack = std::chrono::seconds(1);
constexpr Duration usual_answer = std::chrono::milliseconds(20);

class StoppingChecker : public Checker {
public:
    const char* name() const override { return "stopping"; }

    void policy_given(const core::Policy& policy) override {
        for (const core::ZonePolicy& zone : policy.zones)
            note_authority(policy, zone);
    }

    void started(const core::Recovered&) override { trouble_until(world().now()); }

    void decided(const std::vector<core::RecordedFact>& facts) override {
        for (const core::RecordedFact& recorded : facts)
            if (recorded.fact.kind == core::FactKind::tripped || recorded.fact.kind == core::FactKind::latch_found)
                restart(recorded.fact.zone);
    }

    // A trip of what had survived.
    void replied(const core::Order& order, const core::OrderAnswer& answer) override {
        if (answer.accepted)
            restart(order.zone);
    }

    void look_delivered(const core::Look& look, Duration asked_at, Duration) override {
        if (look.quality != core::LookQuality::good || world().now() - asked_at > stopping_slack || is_unclear(look))
            trouble_until(world().now());
    }

    void step_started(const core::StepOrder& order) override {
        if (survivors_[order.zone].contains(order.provider.text + "/" + order.resource.text))
            restart(order.zone);
        if (is_baseline_name(order.resource.text))
            note_baseline_stop(order);
        note_clouds();
    }

    void published(const core::Snapshot& snapshot) override {
        note_clouds();
        for (const core::ZoneStatus& zone : snapshot.zones) {
            survivors_[zone.name] = {zone.survivors.begin(), zone.survivors.end()};
            if (zone.state == core::BreakerState::tripped)
                check(zone);
        }
    }

private:
    // A machine from its start on: what was stopped and comes back is another stop.
    using Run = std::tuple<core::ProviderName, std::string, Duration>;
    static Run run_of(const core::ProviderName& provider, const Machine& machine) {
        return {provider, machine.id, machine.started};
    }
    // One that is gone by itself and was not seen to be is stopped as well.
    void note_baseline_stop(const core::StepOrder& order) {
        std::set<Run>& stops = baseline_stops_[order.zone];
        const Machine* machine = find(order.provider, order.resource.text);
        if (machine != nullptr)
            stops.insert(run_of(order.provider, *machine));
        else if (std::none_of(stops.begin(), stops.end(), [&](const Run& run) {
                     return std::get<0>(run) == order.provider && std::get<1>(run) == order.resource.text;
                 }))
            stops.insert({order.provider, order.resource.text, world().now()});
    }
    const Machine* find(const core::ProviderName& provider, const std::string& id) const {
        const auto& machines = world().cloud(provider)->machines();
        const auto found = machines.find(id);
        return found == machines.end() ? nullptr : &found->second;
    }

    void restart(const core::ZoneName& zone) { since_[zone] = world().now(); }

    void note_authority(const core::Policy& policy, const core::ZonePolicy& zone) {
        const core::Mandate* mandate = find_mandate(policy, zone);
        if (mandate == nullptr)
            return void(unauthorized_.insert(zone.name));
        Authority& authority = authority_.try_emplace(zone.name).first->second;
        authority.from = std::max(authority.from, mandate->valid_from);
        authority.until = std::min(authority.until, mandate->valid_until);
        authority.takes_baseline = authority.takes_baseline || mandate->baseline_may_be_shed;
        authority.baseline_max = std::min<std::size_t>(authority.baseline_max, mandate->baseline_stops_per_hour_max);
        for (const core::Grant& grant : mandate->grants)
            for (const core::LeverRule& rule : policy.runbooks.front().stop)
                if (std::find(grant.levers.begin(), grant.levers.end(), rule.lever) == grant.levers.end())
                    unauthorized_.insert(zone.name);
    }

    bool is_unclear(const core::Look& look) const {
        for (const core::ProviderPolicy& provider : world().plan().policy.providers)
            if (provider.name == look.provider && look.readings.size() > provider.resources_max)
                return true;
        return std::any_of(look.readings.begin(), look.readings.end(),
                           [](const core::Reading& reading) { return reading.activity == core::Activity::unknown; });
    }

    void trouble_until(Duration moment) { trouble_until_ = std::max(trouble_until_, moment); }

    void note_clouds() {
        for (const Cloud& cloud : world().clouds()) {
            const Weather& weather = cloud.weather;
            if (weather.absent || weather.partial || weather.hides || weather.stale || weather.unreadable ||
                weather.hits_another)
                trouble_until(world().now());
            if (weather.silent || weather.look_takes > usual_answer)  // the next look waits until that one is given up
                trouble_until(world().now() + look_deadline(cloud));
            const bool all_obey = std::all_of(cloud.machines().begin(), cloud.machines().end(),
                                              [this](const auto& entry) { return obeys(entry.second); });
            if (weather.absent || weather.silent || weather.refuses_orders || weather.order_takes > usual_answer ||
                !all_obey)
                trouble_until(world().now() + retried_after() + weather.order_takes);
        }
    }

    Duration look_deadline(const Cloud& cloud) const {
        for (const core::ProviderPolicy& provider : world().plan().policy.providers)
            if (provider.name.text == cloud.name())
                return provider.look_deadline;
        return Duration{0};
    }

    // What is ordered while a cloud refuses, or a machine doesn't obey, is tried again after the deadline, later each
    // time.
    Duration retried_after() const {
        const core::Runbook& runbook = world().plan().policy.runbooks.front();
        return runbook.retry_max + runbook.stop.back().deadline;
    }

    void check(const core::ZoneStatus& status) {
        const core::ZonePolicy* zone = find_zone(world().configuration(), status.name);
        if (zone == nullptr)
            return;
        if (!may_stop_all(*zone))
            return void(since_[zone->name] = world().now() + retried_after());
        Duration since = std::max({since_[zone->name], trouble_until_, world().thawed_at()});
        for (const core::ProviderName& provider : zone->providers)
            for (const auto& [id, machine] : world().cloud(provider)->machines())
                since = std::max(since, machine.started);
        const Duration most = reaction_of(world()) + world().plan().poll_interval + stopping_slack;
        if (world().now() - since > most)
            fail("zone " + zone->name.text + " was tripped, nothing was in the way since " + core::to_text(since) +
                 ", and its safe state is not observed");
    }

    // The hour's blast radius holds for baseline ones.
    bool may_stop_all(const core::ZonePolicy& zone) const {
        const auto found = authority_.find(zone.name);
        if (found == authority_.end() || unauthorized_.contains(zone.name))
            return false;
        const Authority& authority = found->second;
        if (!is_surely_in_force(world(), authority.from, authority.until))
            return false;
        if (!authority.takes_baseline)
            return true;
        std::set<Run> baseline;
        if (const auto stops = baseline_stops_.find(zone.name); stops != baseline_stops_.end())
            baseline = stops->second;
        for (const core::ProviderName& provider : zone.providers)
            for (const auto& [id, machine] : world().cloud(provider)->machines())
                if (is_billed(machine) && is_baseline_name(id))
                    baseline.insert(run_of(provider, machine));
        return baseline.size() <= authority.baseline_max && !world().excuses().clouds_lie;
    }

    bool obeys(const Machine& machine) const {
        if (!is_billed(machine) || (is_protected_name(machine.id) && machine.make == Make::small))
            return true;
        const Duration most = world().plan().poll_interval / 8;
        for (const Obedience& lever : {machine.shut_down, machine.power_off})
            if (lever.answer != Obedience::Answer::obeys || lever.takes > most)
                return false;
        return machine.returns_left == 0;
    }

    // Of all versions of the mandate the least.
    struct Authority {
        core::WallTime from, until{Duration::max()};
        bool takes_baseline = false;
        std::size_t baseline_max = ~std::size_t{0};
    };
    std::map<core::ZoneName, Authority> authority_;
    std::set<core::ZoneName> unauthorized_;  // some version of the mandate lacks a lever of the runbook
    std::map<core::ZoneName, Duration> since_;
    std::map<core::ZoneName, std::set<std::string>> survivors_;
    std::map<core::ZoneName, std::set<Run>> baseline_stops_;
    Duration trouble_until_{0};
};

}  // namespace

std::unique_ptr<Checker> make_stopping_checker() {
    return std::make_unique<StoppingChecker>();
}

}  // namespace noodstop::sim
