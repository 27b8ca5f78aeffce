// After the quiet end everything has come to rest: closed zones are safe and latched, nothing waits, all is durable,
// and what the status says is what is true.
#include "tests/sim/check/agreed.hpp"
#include "tests/sim/check/checks.hpp"
#include "tests/sim/check/windows.hpp"

#include <algorithm>
#include <map>

namespace noodstop::sim {
namespace {

class ConvergenceChecker : public Checker {
public:
    const char* name() const override { return "convergence"; }

    void policy_given(const core::Policy& policy) override { policies_.push_back(policy); }
    void published(const core::Snapshot& snapshot) override { last_ = snapshot; }
    void persist_answered(const core::RecordBatch&, bool durable) override { last_batch_durable_ = durable; }

    void decided(const std::vector<core::RecordedFact>& facts) override {
        for (const core::RecordedFact& recorded : facts)
            if (recorded.fact.kind == core::FactKind::tripped || recorded.fact.kind == core::FactKind::target_added)
                began_[recorded.fact.zone] = world().now();
    }

    void end() override {
        if (std::string unrest = unrest_with((world().plan().end_at - world().plan().quiet_at) / 2); !unrest.empty())
            fail(std::move(unrest));
    }

    bool is_at_rest() const override { return unrest_with(Duration{0}).empty(); }

private:
    // What has not come to rest, if anything. What began later than `patience` ago is given time.
    std::string unrest_with(Duration patience) const {
        if (!world().running() || !last_)
            return "the agent does not run";
        if (!last_->durable || !last_batch_durable_)
            return "the disk works, and what was decided is still not durable";
        for (const core::ProviderStatus& provider : last_->providers)
            if (provider.blind && !world().excuses().overflowed)
                return "the clouds answer, and " + provider.name.text + " is still blind: " + provider.problem;
        for (const core::ZoneStatus& zone : last_->zones)
            if (const auto began = began_.find(zone.name);
                began == began_.end() || world().now() - began->second >= patience)
                if (std::string unrest = unrest_of(zone); !unrest.empty())
                    return unrest;
        return {};
    }

    std::string unrest_of(const core::ZoneStatus& zone) const {
        const bool closed = zone.state == core::BreakerState::tripped || zone.state == core::BreakerState::latched;
        const core::ZonePolicy* policy = find_zone(world().configuration(), zone.name);
        if (!closed || policy == nullptr || (zone.impaired && lacks_authority(zone)))
            return {};
        if (zone.state == core::BreakerState::tripped && zone.overdue && is_overfull(*policy))
            return {};
        for (const core::ProviderName& provider : policy->providers)
            if (const Cloud* cloud = world().cloud(provider))
                for (const auto& [id, machine] : cloud->machines())
                    if (runs_on(zone, *cloud, machine))
                        return "zone " + zone.name.text + " is " + core::to_text(zone.state) + ", and " +
                               cloud->name() + "/" + id + " still runs";
        if (zone.state == core::BreakerState::latched)
            return {};
        return "zone " + zone.name.text + " is still tripped: " +
               (zone.targets.empty() ? "no target left"
                                     : zone.targets.front().resource.text + " " + zone.targets.front().doing);
    }

    // By any file of this life: a closed zone keeps the mandate that it had.
    bool lacks_authority(const core::ZoneStatus& status) const {
        return std::any_of(policies_.begin(), policies_.end(), [&](const core::Policy& policy) {
            const core::ZonePolicy* zone = find_zone(policy, status.name);
            const core::Mandate* mandate = zone == nullptr ? nullptr : find_mandate(policy, *zone);
            return zone != nullptr &&
                   (mandate == nullptr || !is_surely_in_force(world(), mandate->valid_from, mandate->valid_until) ||
                    lacks_lever(policy, *zone, *mandate) || waits_for_the_hour(*mandate, status));
        });
    }

    // For a provider no lever that stops is granted.
    static bool lacks_lever(const core::Policy& policy, const core::ZonePolicy& zone, const core::Mandate& mandate) {
        const auto is_granted = [&](const core::ProviderName& provider, core::Lever lever) {
            return std::any_of(mandate.grants.begin(), mandate.grants.end(), [&](const core::Grant& grant) {
                return grant.provider == provider &&
                       std::find(grant.levers.begin(), grant.levers.end(), lever) != grant.levers.end();
            });
        };
        const std::vector<core::LeverRule>& levers = policy.runbooks.front().stop;
        return std::any_of(zone.providers.begin(), zone.providers.end(), [&](const core::ProviderName& provider) {
            return std::none_of(levers.begin(), levers.end(),
                                [&](const core::LeverRule& rule) { return is_granted(provider, rule.lever); });
        });
    }

    // The blast radius: what is left was agreed, and may be stopped in another hour.
    static bool waits_for_the_hour(const core::Mandate& mandate, const core::ZoneStatus& zone) {
        return mandate.baseline_may_be_shed &&
               std::all_of(zone.targets.begin(), zone.targets.end(),
                           [](const core::TargetStatus& target) { return is_baseline_name(target.resource.text); });
    }

    // More machines than may be told apart, for good: what is beyond can't be stopped, and the zone is not called safe.
    bool is_overfull(const core::ZonePolicy& zone) const {
        const std::vector<core::ProviderPolicy>& providers = world().configuration().providers;
        return std::any_of(providers.begin(), providers.end(), [&](const core::ProviderPolicy& provider) {
            const Cloud* cloud = world().cloud(provider.name);
            return cloud != nullptr && cloud->machines().size() > provider.resources_max &&
                   std::find(zone.providers.begin(), zone.providers.end(), provider.name) != zone.providers.end();
        });
    }

    // Of what was agreed those that run on are survivors too.
    bool runs_on(const core::ZoneStatus& zone, const Cloud& cloud, const Machine& machine) const {
        if (!is_billed(machine) || is_protected(cloud, machine))
            return false;
        const std::string path = cloud.name() + "/" + machine.id;
        return std::find(zone.survivors.begin(), zone.survivors.end(), path) == zone.survivors.end();
    }

    bool is_protected(const Cloud& cloud, const Machine& machine) const {
        const auto rate = static_cast<std::int64_t>(cloud.rate(machine));
        return is_protected_name(machine.id) &&
               (world().excuses().prices_changed ||
                !is_beyond_protection(world().plan().policy, {cloud.name()}, {machine.id}, rate));
    }

    std::vector<core::Policy> policies_;
    std::optional<core::Snapshot> last_;
    std::map<core::ZoneName, Duration> began_;
    bool last_batch_durable_ = true;
};

}  // namespace

std::unique_ptr<Checker> make_convergence_checker() {
    return std::make_unique<ConvergenceChecker>();
}

}  // namespace noodstop::sim
