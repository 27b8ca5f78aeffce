// A hold holds: what appears in a held zone and nobody agreed to gets a step with the look that first shows it.
#include "tests/sim/check/checks.hpp"
#include "tests/sim/check/seen.hpp"
#include "tests/sim/check/windows.hpp"

#include <optional>
#include <set>
#include <tuple>

namespace noodstop::sim {
namespace {

constexpr Duration hold_slack = std::chrono::milliseconds(300);  // until the next status

class HoldChecker : public Checker {
public:
    const char* name() const override { return "hold"; }

    void policy_given(const core::Policy& policy) override {
        for (const core::Mandate& mandate : policy.mandates) {
            Valid& valid = valid_.try_emplace(mandate.id).first->second;
            valid.from = std::max(valid.from, mandate.valid_from);
            valid.until = std::min(valid.until, mandate.valid_until);
        }
    }

    void ended(Ending) override {
        held_.clear();
        waiting_.clear();
        shown_.clear();
    }

    void look_delivered(const core::Look& look, Duration asked_at, Duration) override {
        if (look.quality == core::LookQuality::absent)
            return;
        Shown& shown = shown_.try_emplace(look.provider).first->second;
        if (asked_at <= shown.asked_at)
            return;
        shown.asked_at = asked_at;
        take(shown.readings, look);
        std::erase_if(waiting_, [&](const auto& entry) {
            const auto& [zone, provider, id] = entry.first;
            return provider == look.provider && !runs(shown, id);
        });
        for (const auto& [id, reading] : shown.readings)
            if (ever_shown_.insert({look.provider, id}).second && is_newcomer(look.provider, shown, reading))
                wait_in_held_zones(look.provider, id);
    }

    void step_started(const core::StepOrder& order) override {
        waiting_.erase({order.zone, order.provider, order.resource.text});
    }

    void published(const core::Snapshot& snapshot) override {
        held_.clear();
        for (const core::ZoneStatus& zone : snapshot.zones)
            if (zone.held && zone.state == core::BreakerState::armed)
                held_.insert(zone.name);
        std::erase_if(waiting_, [this](const auto& entry) { return !held_.contains(std::get<0>(entry.first)); });
        for (const auto& [which, since] : waiting_)
            if (world().now() - std::max(since, world().thawed_at()) >
                world().configuration().agent.durability_deadline + hold_slack)
                fail(std::get<1>(which).text + "/" + std::get<2>(which) + " appeared at " + core::to_text(since) +
                     " in zone " + std::get<0>(which).text + ", which is held, and nothing stops it");
    }

private:
    struct Shown {
        Readings readings;
        Duration asked_at{-1};
    };

    static bool runs(const Shown& shown, const std::string& id) {
        const auto found = shown.readings.find(id);
        return found != shown.readings.end() && found->second.activity != core::Activity::stopped;
    }

    // More than resources_max are not told one by one.
    bool is_newcomer(const core::ProviderName& cloud, const Shown& shown, const core::Reading& reading) const {
        for (const core::ProviderPolicy& provider : world().plan().policy.providers)
            if (provider.name == cloud && shown.readings.size() > provider.resources_max)
                return false;
        return reading.activity != core::Activity::stopped && !is_named_by_mandate(reading.id.text);
    }

    void wait_in_held_zones(const core::ProviderName& provider, const std::string& id) {
        for (const core::ZoneName& name : held_) {
            const core::ZonePolicy* zone = find_zone(world().configuration(), name);
            if (zone != nullptr && may_stop(*zone) &&
                std::find(zone->providers.begin(), zone->providers.end(), provider) != zone->providers.end())
                waiting_.try_emplace({name, provider, id}, world().now());
        }
    }

    // Every mandate that lives are drawn with grants a lever of every runbook's hold, until it expires.
    bool may_stop(const core::ZonePolicy& zone) const {
        const auto valid = valid_.find(zone.mandate);
        return valid != valid_.end() && is_surely_in_force(world(), valid->second.from, valid->second.until);
    }

    // In all versions.
    struct Valid {
        core::WallTime from, until{Duration::max()};
    };
    std::map<core::MandateId, Valid> valid_;
    std::set<core::ZoneName> held_;
    std::map<core::ProviderName, Shown> shown_;
    std::set<std::pair<core::ProviderName, std::string>> ever_shown_;
    std::map<std::tuple<core::ZoneName, core::ProviderName, std::string>, Duration> waiting_;
};

}  // namespace

std::unique_ptr<Checker> make_hold_checker() {
    return std::make_unique<HoldChecker>();
}

}  // namespace noodstop::sim
