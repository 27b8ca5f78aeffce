// An attack is no scale-out: what is beyond the bounds of a baseline selector survives no trip that takes all unknown
// ones, and gets no survivor's place in a zone that is closed.
#include "tests/sim/check/agreed.hpp"
#include "tests/sim/check/checks.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace noodstop::sim {
namespace {

class SelectorsChecker : public Checker {
public:
    const char* name() const override { return "selectors"; }

    void look_delivered(const core::Look& look, Duration asked_at, Duration) override {
        if (look.quality != core::LookQuality::absent)
            clouds_[look.provider.text].take(look, asked_at);
    }

    // What was observed gone counts no more, whatever the last look showed.
    void observation_delivered(const core::Observation& seen) override {
        if (seen.observed == core::Observed::gone)
            clouds_[seen.provider.text].observe_gone(seen.resource.text, world().now());
    }

    // An older look may be all that the next process knows: what is older than what is told by its first look anew.
    void ended(Ending) override {
        clouds_.clear();
        survivors_.clear();
    }

    void decided(const std::vector<core::RecordedFact>& facts) override {
        for (const core::RecordedFact& recorded : facts)
            if (recorded.fact.kind == core::FactKind::tripped && takes_all_unknown(recorded.fact.limit))
                check_trip(facts, recorded.fact.zone);
    }

    void published(const core::Snapshot& snapshot) override {
        for (const core::ZoneStatus& zone : snapshot.zones) {
            const bool closed = zone.state == core::BreakerState::tripped || zone.state == core::BreakerState::latched;
            std::set<std::string> survivors(zone.survivors.begin(), zone.survivors.end());
            const auto before = survivors_.find(zone.name);
            if (closed && before != survivors_.end())
                for (const std::string& path : survivors)
                    if (!before->second.contains(path))
                        check_newcomer(zone.name, path);
            if (closed)
                survivors_[zone.name] = std::move(survivors);
            else
                survivors_.erase(zone.name);
        }
        for (auto& [name, cloud] : clouds_)
            cloud.fewest_older = cloud.older();
    }

private:
    // The agreed names, as the looks showed them; how many that are billed are older than each.
    struct Shown {
        struct One {
            Duration first_asked{0};
            std::string sku;
            bool billed = false;
            Duration gone_at{-1};  // observed so: an older look doesn't bring it back
        };
        std::map<std::string, One> agreed;
        std::map<std::string, std::size_t> fewest_older;  // since the last status
        Duration asked_at{-1};

        void take(const core::Look& look, Duration asked) {
            if (asked <= asked_at)
                return;
            asked_at = asked;
            std::set<std::string> listed;
            for (const core::Reading& reading : look.readings) {
                if (!is_baseline_name(reading.id.text))
                    continue;
                listed.insert(reading.id.text);
                One& one = agreed.try_emplace(reading.id.text, One{asked, {}}).first->second;
                one.sku = reading.sku;
                one.billed = reading.activity != core::Activity::stopped && asked > one.gone_at;
            }
            if (look.quality == core::LookQuality::good)
                std::erase_if(agreed, [&](const auto& entry) { return !listed.contains(entry.first); });
            note_older();
        }

        void observe_gone(const std::string& id, Duration now) {
            const auto one = agreed.find(id);
            if (one == agreed.end())
                return;
            one->second.billed = false;
            one->second.gone_at = now;
            note_older();
        }

        void note_older() {
            for (const auto& [id, count] : older()) {
                const auto [place, is_new] = fewest_older.try_emplace(id, count);
                place->second = std::min(place->second, count);
            }
        }

        std::map<std::string, std::size_t> older() const {
            std::map<std::string, std::size_t> counts;
            for (const auto& [id, one] : agreed)
                counts[id] = static_cast<std::size_t>(
                    std::count_if(agreed.begin(), agreed.end(), [&one = one](const auto& other) {
                        return other.second.billed && other.second.first_asked < one.first_asked;
                    }));
            return counts;
        }
    };

    bool is_excused() const {
        const Excuses& excuses = world().excuses();
        return excuses.overflowed || excuses.figures_unknown;
    }

    // By order, or by a limit that sheds down to nothing.
    bool takes_all_unknown(const core::LimitName& name) const {
        if (name.empty())
            return true;
        const std::vector<core::Limit>& limits = world().configuration().limits;
        return std::any_of(limits.begin(), limits.end(), [&](const core::Limit& limit) {
            return limit.name == name && limit.shed_to == core::HourlyRate{} &&
                   (limit.kind == core::LimitKind::spend || limit.kind == core::LimitKind::rate);
        });
    }

    void check_trip(const std::vector<core::RecordedFact>& facts, const core::ZoneName& zone) {
        std::map<core::ProviderName, std::vector<std::string>> survivors;
        for (const core::RecordedFact& recorded : facts)
            if (recorded.fact.kind == core::FactKind::survivor_fixed && recorded.fact.zone == zone)
                survivors[recorded.fact.provider].push_back(recorded.fact.resource.text);
        for (const auto& [provider, names] : survivors) {
            for (const std::string& one : names)
                if (!is_baseline_name(one))
                    fail(provider.text + "/" + one + " survives a trip of zone " + zone.text +
                         ", and nobody agreed to it");
            const AgreedBounds bounds = agreed_bounds(world().plan().policy, provider);
            if (bounds.count && names.size() > *bounds.count && !is_excused())
                fail(std::to_string(names.size()) + " of " + provider.text + " survive a trip of zone " + zone.text +
                     ", and " + std::to_string(*bounds.count) + " are agreed");
            check_rate(provider, names, bounds, "survive a trip of zone " + zone.text);
        }
    }

    void check_newcomer(const core::ZoneName& zone, const std::string& path) {
        const std::size_t slash = path.find('/');
        const core::ProviderName provider{path.substr(0, slash)};
        const std::string id = path.substr(slash + 1);
        const AgreedBounds bounds = agreed_bounds(world().plan().policy, provider);
        const Shown& cloud = clouds_[provider.text];
        const auto older = cloud.fewest_older.find(id);
        if (bounds.count && older != cloud.fewest_older.end() && older->second >= *bounds.count && !is_excused())
            fail(path + " has become a survivor of zone " + zone.text + ", and " + std::to_string(older->second) +
                 " older ones are agreed already");
        check_rate(provider, {id}, bounds, "has become a survivor of zone " + zone.text);
    }

    // By the least that they cost by any file of this life.
    void check_rate(const core::ProviderName& provider, const std::vector<std::string>& names,
                    const AgreedBounds& bounds, const std::string& what) {
        if (!bounds.rate || is_excused() || world().excuses().prices_changed)
            return;
        std::int64_t rate = 0;
        for (const std::string& one : names)
            if (const auto shown = clouds_[provider.text].agreed.find(one);
                shown != clouds_[provider.text].agreed.end())
                rate += listed_rate(world().configuration(), provider, shown->second.sku).value_or(0);
        if (rate > *bounds.rate)
            fail(provider.text + "/" + names.front() + " and its like, at " + std::to_string(rate) +
                 " millionths an hour, " + what + ", and " + std::to_string(*bounds.rate) + " are agreed");
    }

    std::map<std::string, Shown> clouds_;
    std::map<core::ZoneName, std::set<std::string>> survivors_;  // of closed zones, as last told
};

}  // namespace

std::unique_ptr<Checker> make_selectors_checker() {
    return std::make_unique<SelectorsChecker>();
}

}  // namespace noodstop::sim
