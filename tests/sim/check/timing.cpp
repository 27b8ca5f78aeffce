// How long it takes: a limit that the looks show reached trips or holds with the look that shows it, also when the disk
// is dead and after a restart; an intent becomes a step within the durability deadline; no good look that was delivered
// is lost.
#include "tests/sim/check/checks.hpp"
#include "tests/sim/check/demands.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace noodstop::sim {
namespace {

constexpr Duration timing_slack = std::chrono::milliseconds(5);
constexpr Duration publish_slack = std::chrono::milliseconds(300);

class TimingChecker : public Checker {
public:
    const char* name() const override { return "timing"; }

    void begin(const World& world) override { demands_.emplace(world); }
    void policy_given(const core::Policy& policy) override { demands_->policy_given(policy); }
    void replied(const core::Order& order, const core::OrderAnswer& answer) override {
        demands_->replied(order, answer);
    }

    void decided(const std::vector<core::RecordedFact>& facts) override {
        for (const core::RecordedFact& recorded : facts) {
            const core::Fact& fact = recorded.fact;
            demands_->decided(fact);
            if (fact.kind == core::FactKind::limit_raised)
                std::erase_if(overdue_, [&](const auto& entry) { return std::get<1>(entry.first) == fact.limit; });
            if (fact.kind != core::FactKind::step_intended)
                continue;
            for (const core::FactField& field : fact.fields)
                if (field.name == "step")
                    intended_[std::stoull(field.value)] = world().now();
        }
    }

    void step_started(const core::StepOrder& order) override { intended_.erase(order.id.number); }

    void ended(Ending) override {
        demands_->ended();
        intended_.clear();
        armed_.clear();
        overdue_.clear();
        newest_good_.clear();
        newest_read_.clear();
    }

    void look_delivered(const core::Look& look, Duration asked_at, Duration read_at) override {
        const bool says_new = demands_->look_delivered(look, asked_at);
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
        if (!says_new)
            return;
        for (const core::Limit& limit : world().configuration().limits)
            if (clouds_of(world(), limit).contains(look.provider.text))
                for (const core::Stage stage : {core::Stage::hold, core::Stage::stop})
                    demand(limit, stage);
    }

    void published(const core::Snapshot& snapshot) override {
        armed_.clear();
        for (const core::ZoneStatus& zone : snapshot.zones)
            if (zone.state == core::BreakerState::armed)
                armed_[zone.name] = zone.held;
        std::erase_if(overdue_, [this](const auto& entry) {
            const auto armed = armed_.find(std::get<0>(entry.first));
            return armed == armed_.end() || (std::get<2>(entry.first) == core::Stage::hold && armed->second);
        });
        for (const core::ProviderStatus& provider : snapshot.providers)
            check(provider);
        for (const auto& [which, since] : overdue_)
            if (age(since) > publish_slack)
                fail("limit " + std::get<1>(which).text + " reached its stage " + core::to_text(std::get<2>(which)) +
                     " at " + core::to_text(since) + " and zone " + std::get<0>(which).text + " is still armed");
        for (const auto& [step, at] : intended_)
            if (age(at) > world().configuration().agent.durability_deadline + timing_slack)
                fail("step " + std::to_string(step) + " was decided at " + core::to_text(at) + " and has not left");
    }

private:
    // A process that was stopped for a while has everything late.
    Duration age(Duration since) const { return world().now() - since - world().frozen_since(since); }

    void demand(const core::Limit& limit, core::Stage stage) {
        const bool reached = demands_->shows_reached(limit, stage);
        for (const auto& [zone, held] : armed_) {
            const core::ZonePolicy* policy = find_zone(world().configuration(), zone);
            if (policy == nullptr || !covers(limit, *policy))
                continue;
            if (reached)
                overdue_.try_emplace({zone, limit.name, stage}, world().now());
            else if (limit.kind != core::LimitKind::spend)
                overdue_.erase({zone, limit.name, stage});  // looks that come together are taken together
        }
    }

    void check(const core::ProviderStatus& provider) {
        const auto newest = newest_good_.find(provider.name);
        if (newest != newest_good_.end() && knows_when(newest->second) &&
            (!provider.look_age || *provider.look_age > world().now() - newest->second + timing_slack))
            fail("a good look of " + provider.name.text + ", asked for at " + core::to_text(newest->second) +
                 ", was delivered, and the status knows none since");
    }

    // The agent's time moves when it becomes trusted, by how long the machine was down: in the first step after that.
    bool knows_when(Duration moment) const {
        return world().plan().wall_at_start + moment >
               world().window_time().trusted_since() + world().plan().poll_interval;
    }

    std::optional<Demands> demands_;
    std::map<core::ZoneName, bool> armed_;  // and whether it is held
    std::map<std::tuple<core::ZoneName, core::LimitName, core::Stage>, Duration> overdue_;
    std::map<std::uint64_t, Duration> intended_;
    std::map<core::ProviderName, Duration> newest_good_;  // when it was asked for
    std::map<core::ProviderName, Duration> newest_read_;
};

}  // namespace

std::unique_ptr<Checker> make_timing_checker() {
    return std::make_unique<TimingChecker>();
}

}  // namespace noodstop::sim
