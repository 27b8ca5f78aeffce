// A zone is called latched only when it was seen to be safe: a good look, begun after the trip and after the last stop
// was observed, that shows nothing billed but what is protected, a survivor, or agreed and not granted.
#include "tests/sim/check/agreed.hpp"
#include "tests/sim/check/checks.hpp"
#include "tests/sim/check/rules.hpp"

#include <map>

namespace noodstop::sim {
namespace {

class SafeStateChecker : public Checker {
public:
    const char* name() const override { return "safe state"; }

    void look_delivered(const core::Look& look, Duration, Duration read_at) override {
        // Looks that arrive together are taken one after the other: the zone may be safe by the one before.
        Seen& last = looks_[look.provider];
        if (look.quality == core::LookQuality::good && last.read_at <= read_at)
            before_[look.provider] = std::exchange(last, Seen{look, read_at, world().now()});
    }

    void decided(const std::vector<core::RecordedFact>& facts) override {
        for (const core::RecordedFact& recorded : facts) {
            const core::Fact& fact = recorded.fact;
            if (fact.kind == core::FactKind::tripped)
                since_[fact.zone] = world().now();
            else if (fact.kind == core::FactKind::stop_observed)
                since_[fact.zone] = world().now();
            else if (fact.kind == core::FactKind::latched)
                latched_now_.push_back(fact.zone);
        }
    }

    void ended(Ending) override { latched_now_.clear(); }

    // With the snapshot that follows the fact: it names the survivors.
    void published(const core::Snapshot& snapshot) override {
        for (const core::ZoneName& name : std::exchange(latched_now_, {}))
            for (const core::ZoneStatus& zone : snapshot.zones)
                if (zone.name == name)
                    check(zone);
    }

private:
    struct Seen {
        core::Look look;
        Duration read_at{0};
        Duration delivered{0};
    };

    void check(const core::ZoneStatus& status) {
        const core::ZonePolicy* zone = find_zone(world().configuration(), status.name);
        if (zone == nullptr)
            return;
        for (const core::ProviderName& provider : zone->providers) {
            const auto seen = looks_.find(provider);
            if (seen != looks_.end() && seen->second.delivered == world().now() &&
                before_[provider].read_at >= since_[status.name] && zone->providers.size() > 1)
                continue;  // safe by the look before, which came in good time
            if (seen == looks_.end())
                return fail("zone " + status.name.text + " is called latched, and nobody ever saw " + provider.text);
            if (seen->second.read_at < since_[status.name])
                return fail("zone " + status.name.text + " is called latched by a look from before the last stop");
            for (const core::Reading& reading : seen->second.look.readings)
                check(status, provider, reading);
        }
    }

    void check(const core::ZoneStatus& status, const core::ProviderName& provider, const core::Reading& reading) {
        if (reading.activity == core::Activity::stopped || is_protected(provider, reading))
            return;
        for (const std::string& survivor : status.survivors)
            if (survivor == provider.text + "/" + reading.id.text)
                return;
        fail("zone " + status.name.text + " is called latched while " + provider.text + "/" + reading.id.text +
             " was seen " + core::to_text(reading.activity));
    }

    bool is_protected(const core::ProviderName& provider, const core::Reading& reading) const {
        const std::int64_t rate = listed_rate(world().configuration(), provider, reading.sku).value_or(0);
        return is_protected_name(reading.id.text) &&
               (world().excuses().prices_changed ||
                !is_beyond_protection(world().plan().policy, provider, reading.id, rate));
    }

    std::map<core::ProviderName, Seen> looks_, before_;
    std::map<core::ZoneName, Duration> since_;
    std::vector<core::ZoneName> latched_now_;
};

}  // namespace

std::unique_ptr<Checker> make_safe_state_checker() {
    return std::make_unique<SafeStateChecker>();
}

}  // namespace noodstop::sim
