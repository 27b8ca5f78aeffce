// After the quiet end everything has come to rest: closed zones are safe and latched, nothing waits, all is durable,
// and what the status says is what is true.
#include "tests/sim/check/checks.hpp"
#include "tests/sim/check/windows.hpp"

#include <map>

namespace noodstop::sim {
namespace {

class ConvergenceChecker : public Checker {
public:
    const char* name() const override { return "convergence"; }

    void published(const core::Snapshot& snapshot) override { last_ = snapshot; }
    void persist_answered(const core::RecordBatch&, bool durable) override { last_batch_durable_ = durable; }

    void decided(const std::vector<core::RecordedFact>& facts) override {
        for (const core::RecordedFact& recorded : facts)
            if (recorded.fact.kind == core::FactKind::tripped || recorded.fact.kind == core::FactKind::target_added)
                began_[recorded.fact.zone] = world().now();
    }

    void end() override {
        if (!world().running() || !last_)
            return fail("the agent does not run");
        if (!last_->durable || !last_batch_durable_)
            fail("the disk works, and what was decided is still not durable");
        for (const core::ProviderStatus& provider : last_->providers)
            if (provider.blind && !world().excuses().overflowed)
                fail("the clouds answer, and " + provider.name.text + " is still blind: " + provider.problem);
        for (const core::ZoneStatus& zone : last_->zones)
            check(zone);
    }

private:
    void check(const core::ZoneStatus& zone) {
        const bool closed = zone.state == core::BreakerState::tripped || zone.state == core::BreakerState::latched;
        const Duration patience = (world().plan().end_at - world().plan().quiet_at) / 2;
        if (!closed || (began_.contains(zone.name) && world().now() - began_[zone.name] < patience))
            return;
        if (zone.impaired)
            return;  // a right is missing, and it says so
        const core::ZonePolicy* policy = find_zone(world().configuration(), zone.name);
        if (policy == nullptr)
            return;
        for (const core::ProviderName& provider : policy->providers)
            if (const Cloud* cloud = world().cloud(provider))
                for (const auto& [id, machine] : cloud->machines())
                    check(zone, *cloud, machine);
        if (zone.state == core::BreakerState::tripped)
            fail("zone " + zone.name.text + " is still tripped: " +
                 (zone.targets.empty() ? "no target left"
                                       : zone.targets.front().resource.text + " " + zone.targets.front().doing));
    }

    void check(const core::ZoneStatus& zone, const Cloud& cloud, const Machine& machine) {
        if (!is_billed(machine) || is_named_by_mandate(machine.id))
            return;
        const std::string path = cloud.name() + "/" + machine.id;
        if (std::find(zone.survivors.begin(), zone.survivors.end(), path) != zone.survivors.end())
            return;
        fail("zone " + zone.name.text + " is " + core::to_text(zone.state) + ", and " + path + " still runs");
    }

    std::optional<core::Snapshot> last_;
    std::map<core::ZoneName, Duration> began_;
    bool last_batch_durable_ = true;
};

}  // namespace

std::unique_ptr<Checker> make_convergence_checker() {
    return std::make_unique<ConvergenceChecker>();
}

}  // namespace noodstop::sim
