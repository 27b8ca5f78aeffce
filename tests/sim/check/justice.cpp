// No trip without a cause in the world: somebody ordered it, or a limit of the zone is reached by the most that the
// rules allow to be counted.
#include "tests/sim/check/checks.hpp"
#include "tests/sim/check/windows.hpp"

#include <map>
#include <optional>

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
        std::map<std::string, core::Reading> shown;
        for (const core::Reading& reading : look.readings)
            shown[reading.id.text] = reading;
        if (look.quality == core::LookQuality::partial)
            shown.merge(seen.shown);  // what it doesn't list goes on
        seen.shown = std::move(shown);
        if (look.quality == core::LookQuality::good)
            seen.good_before = std::exchange(seen.good, asked_at);
    }

    void decided(const std::vector<core::RecordedFact>& facts) override {
        for (const core::RecordedFact& recorded : facts) {
            if (recorded.fact.kind == core::FactKind::stop_observed)
                slowest_ = std::max(slowest_, world().now());
            if (recorded.fact.kind != core::FactKind::tripped)
                continue;
            if (recorded.fact.limit.empty())
                manual_.insert(recorded.fact.zone);
            else
                check(recorded.fact);
        }
    }

    // The reply to the order comes after its fact.
    void end() override {
        for (const core::ZoneName& zone : manual_)
            if (!ordered_.contains(zone) && world().ends_so_far() == 0)
                fail("zone " + zone.text + " was tripped by an order that nobody gave");
    }

private:
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
                return true;  // counters' rates are not this checker's
            case core::LimitKind::count:
                return counted(limit) >= lowest_stop_.at(limit.name);
            case core::LimitKind::allow:
                return offends(limit);
        }
        return false;
    }

    // Blind or late, exposure grows by the configured rate; stops that took long make the reaction long.
    bool spend_is_possible(const core::Limit& limit) const {
        const Reckoning& reckoning = world().reckoning();
        if (slowest_ > Duration{0} || reckoning.ended_before())
            return true;
        const std::set<std::string> clouds = clouds_of(world(), limit);
        for (const std::string& cloud : clouds) {
            const auto seen = seen_.find(cloud);
            const Duration good = seen == seen_.end() ? Duration{0} : seen->second.good_before;
            const Duration lately = world().now() - world().plan().poll_interval * 2;
            if (good < lately)
                return true;
            // Counters' rates are not this checker's. One goes on until a look tells another, whoever is gone by then.
            if (seen != seen_.end() && seen->second.counted_at && *seen->second.counted_at >= lately)
                return true;
        }
        const std::int64_t spent = reckoning.at_most(clouds, window_begins(world(), limit, Edge::early), world().now());
        const Duration most = reaction_of(world()) + std::chrono::seconds(1);
        const auto coming = static_cast<std::int64_t>(Wide{reckoning.known_rate(clouds)} * most.count() / hour_micros);
        return spent + coming + 1000 >= lowest_stop_.at(limit.name);
    }

    struct Seen {
        std::map<std::string, core::Reading> shown;
        Duration asked_at{-1}, good{0}, good_before{0};
        std::optional<std::int64_t> total;   // of counters
        std::optional<Duration> counted_at;  // the last look whose total had grown
    };

    static std::int64_t weight(const core::Limit& limit, const Seen& seen) {
        std::int64_t sum = 0;
        for (const auto& [id, reading] : seen.shown)
            if (reading.activity != core::Activity::stopped)
                sum += limit.counted == core::Counted::resources ? 1
                       : limit.counted == core::Counted::vcpus   ? reading.vcpus
                                                                 : reading.gpus;
        return sum;
    }

    std::int64_t counted(const core::Limit& limit) const {
        std::int64_t sum = 0;
        for (const std::string& cloud : clouds_of(world(), limit))
            if (const auto seen = seen_.find(cloud); seen != seen_.end())
                sum += weight(limit, seen->second);
        return sum;
    }

    static bool offends(const core::Limit& limit, const Seen& seen) {
        const auto contains = [](const std::vector<std::string>& allowed, const std::string& value) {
            return allowed.empty() || std::find(allowed.begin(), allowed.end(), value) != allowed.end();
        };
        return std::any_of(seen.shown.begin(), seen.shown.end(), [&](const auto& entry) {
            const core::Reading& reading = entry.second;
            return reading.activity != core::Activity::stopped &&
                   (!contains(limit.regions, reading.region) || !contains(limit.skus, reading.sku));
        });
    }

    bool offends(const core::Limit& limit) const {
        for (const std::string& cloud : clouds_of(world(), limit))
            if (const auto seen = seen_.find(cloud); seen != seen_.end())
                if (offends(limit, seen->second))
                    return true;
        return false;
    }

    std::map<core::LimitName, std::int64_t> lowest_stop_;
    std::set<core::ZoneName> ordered_, manual_;
    std::map<std::string, Seen> seen_;
    Duration slowest_{0};
};

}  // namespace

std::unique_ptr<Checker> make_justice_checker() {
    return std::make_unique<JusticeChecker>();
}

}  // namespace noodstop::sim
