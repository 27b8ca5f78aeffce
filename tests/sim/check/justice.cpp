// No trip without a cause in the world: somebody ordered it, or a limit of the zone is reached by the most that the
// rules allow to be counted.
#include "tests/sim/check/checks.hpp"
#include "tests/sim/check/seen.hpp"
#include "tests/sim/check/windows.hpp"

#include <map>
#include <optional>
#include <tuple>

namespace noodstop::sim {
namespace {

class JusticeChecker : public Checker {
public:
    const char* name() const override { return "justice"; }

    void policy_given(const core::Policy& policy) override {
        for (const core::Limit& limit : policy.limits) {
            std::int64_t& lowest = lowest_stop_.try_emplace(limit.name, limit.stop.value_or(0)).first->second;
            lowest = std::min(lowest, limit.stop.value_or(0));
        }
    }

    void replied(const core::Order& order, const core::OrderAnswer& answer) override {
        if (order.kind == core::OrderKind::trip && answer.accepted)
            ordered_.insert(order.zone);
    }

    void look_delivered(const core::Look& look, Duration asked_at, Duration) override {
        if (look.quality == core::LookQuality::absent)
            return;
        Seen& seen = seen_[look.provider.text];
        if (asked_at <= seen.asked_at)
            return;  // late, or once more
        seen.asked_at = asked_at;
        const std::int64_t total = look.totals.empty() ? 0 : look.totals.front().raw;
        if (total > seen.total.value_or(total))
            seen.counted_at = asked_at;
        seen.total = total;
        take(seen.shown, look);
        if (look.quality == core::LookQuality::good)
            seen.good_before = std::exchange(seen.good, asked_at);
    }

    void decided(const std::vector<core::RecordedFact>& facts) override {
        for (const core::RecordedFact& recorded : facts) {
            const core::Fact& fact = recorded.fact;
            if (fact.kind == core::FactKind::step_intended)
                stopping_since_.try_emplace(key(fact), world().now());
            if (fact.kind == core::FactKind::stop_observed)
                measure_stop(fact);
            if (fact.kind != core::FactKind::tripped)
                continue;
            tripped_since_[fact.zone] = world().now();
            if (fact.limit.empty())
                manual_.insert(fact.zone);
            else
                check(fact);
        }
    }

    // The reply to the order comes after its fact.
    void end() override {
        for (const core::ZoneName& zone : manual_)
            if (!ordered_.contains(zone) && world().ends_so_far() == 0)
                fail("zone " + zone.text + " was tripped by an order that nobody gave");
    }

private:
    using Key = std::tuple<core::ZoneName, core::ProviderName, core::ResourceId>;
    static Key key(const core::Fact& fact) { return {fact.zone, fact.provider, fact.resource}; }

    // From the first order on; of what was gone before it was ordered, from the trip on.
    void measure_stop(const core::Fact& fact) {
        const auto since = stopping_since_.find(key(fact));
        const Duration from = since == stopping_since_.end() ? tripped_since_[fact.zone] : since->second;
        slowest_stop_ = std::max(slowest_stop_, world().now() - from);
        stopping_since_.erase(key(fact));
    }

    void check(const core::Fact& fact) {
        const Excuses& excuses = world().excuses();
        if (excuses.prices_changed || excuses.clock_wrong || excuses.disk_forgets || excuses.clouds_lie ||
            excuses.bills_came || excuses.overflowed || excuses.figures_unknown || excuses.zones_changed)
            return;
        for (const core::Limit& limit : world().configuration().limits)
            if (limit.name == fact.limit && !is_possible(limit))
                fail("zone " + fact.zone.text + " is tripped by limit " + limit.name.text +
                     ", which can't be reached: " + core::to_text(fact));
    }

    bool is_possible(const core::Limit& limit) const {
        switch (limit.kind) {
            case core::LimitKind::spend:
                return spend_is_possible(limit);
            case core::LimitKind::rate:
                return rate_is_possible(limit);
            case core::LimitKind::count:
                return counted(limit) >= lowest_stop_.at(limit.name);
            case core::LimitKind::allow:
                return offends(limit);
        }
        return false;
    }

    // Blind, the configured rate counts. Counters' rates are not this checker's: one goes on until a look tells
    // another, whoever is gone by then.
    bool rate_is_known(const std::set<std::string>& clouds) const {
        const Duration lately = world().now() - world().plan().poll_interval * 2;
        return std::all_of(clouds.begin(), clouds.end(), [&](const std::string& cloud) {
            const auto seen = seen_.find(cloud);
            return seen != seen_.end() && seen->second.good_before >= lately &&
                   seen->second.counted_at.value_or(lately - Duration{1}) < lately;
        });
    }

    bool rate_is_possible(const core::Limit& limit) const {
        const std::set<std::string> clouds = clouds_of(world(), limit);
        return !rate_is_known(clouds) || world().reckoning().known_rate(clouds) >= lowest_stop_.at(limit.name);
    }

    // Stops that took longer than their deadlines make the reaction long.
    bool spend_is_possible(const core::Limit& limit) const {
        const Reckoning& reckoning = world().reckoning();
        const std::set<std::string> clouds = clouds_of(world(), limit);
        if (!rate_is_known(clouds))
            return true;
        std::int64_t spent = reckoning.at_most(clouds, window_begins(world(), limit, Edge::early), world().now());
        if (reckoning.ended_before())
            spent += limit.stop.value_or(0) / 10;  // a hundredth, of what it may have been raised to
        const Duration most = std::max(reaction_of(world()), slowest_stop_) + std::chrono::seconds(1);
        const auto coming = static_cast<std::int64_t>(Wide{reckoning.known_rate(clouds)} * most.count() / hour_micros);
        return spent + coming + 1000 >= lowest_stop_.at(limit.name);
    }

    struct Seen {
        Readings shown;
        Duration asked_at{-1}, good{0}, good_before{0};
        std::optional<std::int64_t> total;   // of counters
        std::optional<Duration> counted_at;  // the last look whose total had grown
    };

    std::int64_t counted(const core::Limit& limit) const {
        std::int64_t sum = 0;
        for (const std::string& cloud : clouds_of(world(), limit))
            if (const auto seen = seen_.find(cloud); seen != seen_.end())
                sum += weight(limit, seen->second.shown);
        return sum;
    }

    bool offends(const core::Limit& limit) const {
        for (const std::string& cloud : clouds_of(world(), limit))
            if (const auto seen = seen_.find(cloud); seen != seen_.end())
                if (sim::offends(limit, seen->second.shown))
                    return true;
        return false;
    }

    std::map<core::LimitName, std::int64_t> lowest_stop_;
    std::set<core::ZoneName> ordered_, manual_;
    std::map<std::string, Seen> seen_;
    std::map<Key, Duration> stopping_since_;
    std::map<core::ZoneName, Duration> tripped_since_;
    Duration slowest_stop_{0};
};

}  // namespace

std::unique_ptr<Checker> make_justice_checker() {
    return std::make_unique<JusticeChecker>();
}

}  // namespace noodstop::sim
