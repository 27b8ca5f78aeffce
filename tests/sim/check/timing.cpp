// How long it takes: a limit that the looks show reached trips with the look that shows it, also when the disk is dead;
// an intent becomes a step within the durability deadline; no good look that was delivered is lost.
#include "tests/sim/check/checks.hpp"
#include "tests/sim/check/windows.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace noodstop::sim {
namespace {

constexpr Duration slack = std::chrono::milliseconds(5);
constexpr Duration publish_slack = std::chrono::milliseconds(300);

class TimingChecker : public Checker {
public:
    const char* name() const override { return "timing"; }

    void policy_given(const core::Policy& policy) override {
        for (const core::Limit& limit : policy.limits)
            raise(limit.name, limit.stop.value_or(core::money_max.micros));
    }

    void decided(const std::vector<core::RecordedFact>& facts) override {
        for (const core::RecordedFact& recorded : facts) {
            const core::Fact& fact = recorded.fact;
            if (fact.kind == core::FactKind::limit_raised)
                raise(fact.limit, core::money_max.micros);
            if (fact.kind != core::FactKind::step_intended)
                continue;
            for (const core::FactField& field : fact.fields)
                if (field.name == "step")
                    intended_[std::stoull(field.value)] = world().now();
        }
    }

    void step_started(const core::StepOrder& order) override { intended_.erase(order.id.number); }

    void ended(Ending) override {
        intended_.clear();
        armed_.clear();
        overdue_.clear();
        newest_good_.clear();
        newest_read_.clear();
    }

    void look_delivered(const core::Look& look, Duration asked_at, Duration read_at) override {
        if (look.quality == core::LookQuality::absent)
            return;
        // Of two looks the older one says nothing new, even where the newer one saw less.
        const auto [newest_read, first] = newest_read_.try_emplace(look.provider, read_at);
        if (!first && read_at <= std::exchange(newest_read->second, std::max(newest_read->second, read_at)))
            return;
        if (look.quality != core::LookQuality::good)
            return;
        Duration& newest = newest_good_.try_emplace(look.provider, asked_at).first->second;
        newest = std::max(newest, asked_at);
        if (world().frozen() || !says_true())
            return;
        for (const core::Limit& limit : world().configuration().limits)
            if (limit.kind == core::LimitKind::spend && limit.stop && is_reached(limit))
                for (const core::ZoneName& zone : armed_)
                    if (const core::ZonePolicy* policy = find_zone(world().configuration(), zone);
                        policy != nullptr && covers(limit, *policy))
                        overdue_.try_emplace({zone, limit.name}, world().now());
    }

    void published(const core::Snapshot& snapshot) override {
        armed_.clear();
        for (const core::ZoneStatus& zone : snapshot.zones)
            if (zone.state == core::BreakerState::armed)
                armed_.insert(zone.name);
        std::erase_if(overdue_, [this](const auto& entry) { return !armed_.contains(entry.first.first); });
        for (const core::ProviderStatus& provider : snapshot.providers)
            check(provider);
        if (world().frozen())
            return;
        for (const auto& [which, since] : overdue_)
            if (world().now() - since > publish_slack)
                fail("limit " + which.second.text + " was reached at " + core::to_text(since) + " and zone " +
                     which.first.text + " is still armed");
        for (const auto& [step, at] : intended_)
            if (world().now() - at - world().frozen_since(at) >
                world().configuration().agent.durability_deadline + slack)
                fail("step " + std::to_string(step) + " was decided at " + core::to_text(at) + " and has not left");
    }

private:
    void check(const core::ProviderStatus& provider) {
        const auto newest = newest_good_.find(provider.name);
        if (newest != newest_good_.end() && knows_when(newest->second) &&
            (!provider.look_age || *provider.look_age > world().now() - newest->second + slack))
            fail("a good look of " + provider.name.text + ", asked for at " + core::to_text(newest->second) +
                 ", was delivered, and the status knows none since");
    }

    // The agent's time moves when it becomes trusted, by how long the machine was down: in the first step after that.
    bool knows_when(Duration moment) const {
        return world().plan().wall_at_start + moment >
               world().window_time().trusted_since() + world().plan().poll_interval;
    }

    void raise(const core::LimitName& limit, std::int64_t stop) {
        std::int64_t& highest = highest_stop_[limit];
        highest = std::max(highest, stop);
    }

    bool says_true() const {
        const Excuses& excuses = world().excuses();
        return !excuses.prices_changed && !excuses.clock_wrong && !excuses.clouds_lie && !excuses.disk_forgets &&
               !excuses.overflowed && !world().reckoning().ended_before();
    }

    // What was spent, and what will be until the stop is observed, if it is ordered now.
    bool is_reached(const core::Limit& limit) const {
        const std::set<std::string> clouds = clouds_of(world(), limit);
        const std::int64_t spent = world().reckoning().at_least(clouds, window_begins(world(), limit, Edge::late));
        const std::int64_t coming = static_cast<std::int64_t>(Wide{world().reckoning().known_rate(clouds)} *
                                                              reaction_of(world()).count() / hour_micros);
        const auto highest = highest_stop_.find(limit.name);
        return highest != highest_stop_.end() && highest->second < core::money_max.micros &&
               spent + coming >= highest->second + highest->second / 1000 + 100;
    }

    std::map<core::LimitName, std::int64_t> highest_stop_;
    std::set<core::ZoneName> armed_;
    std::map<std::pair<core::ZoneName, core::LimitName>, Duration> overdue_;
    std::map<std::uint64_t, Duration> intended_;
    std::map<core::ProviderName, Duration> newest_good_;  // when it was asked for
    std::map<core::ProviderName, Duration> newest_read_;
};

}  // namespace

std::unique_ptr<Checker> make_timing_checker() {
    return std::make_unique<TimingChecker>();
}

}  // namespace noodstop::sim
