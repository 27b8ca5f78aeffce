// Nothing is looser after a crash, a reload or a rollover than before: a state only falls by an order of enough people
// or where the zone's own line in the file became looser, a limit only rises so, and of a zone that is closed, or whose
// mandate wants several people, no file loosens anything.
#include "tests/sim/check/checks.hpp"
#include "tests/sim/check/people.hpp"
#include "tests/sim/check/rules.hpp"

#include <map>
#include <set>

namespace noodstop::sim {
namespace {

using core::BreakerState;

BreakerState state_of(core::ZoneMode mode) {
    switch (mode) {
        case core::ZoneMode::disarmed:
            return BreakerState::disarmed;
        case core::ZoneMode::observing:
            return BreakerState::observing;
        case core::ZoneMode::armed:
            return BreakerState::armed;
    }
    return BreakerState::armed;
}

class LooseningChecker : public Checker {
public:
    const char* name() const override { return "loosening"; }

    void ordered(const core::Order& order) override { people_.ordered(order); }
    void replied(const core::Order& order, const core::OrderAnswer& answer) override {
        people_.replied(order, answer, world().now());
    }

    // Only a line that says something else than before is news.
    void policy_given(const core::Policy& policy) override {
        if (file_)
            compare(*file_, policy);
        file_ = policy;
    }

    void decided(const std::vector<core::RecordedFact>& facts) override {
        people_.forget_before(world().now());
        for (const core::RecordedFact& recorded : facts) {
            if (is_loosened_lawfully(recorded.fact))
                loosened_.insert(recorded.fact.zone);
            if (recorded.fact.kind == core::FactKind::limit_raised)
                note_raises(recorded.fact.limit);
        }
    }

    // As last published, but for what this batch itself loosens.
    void persist_sent(const core::RecordBatch& batch, bool) override {
        Kept& kept = sent_[batch.number] = {states_, stops_};
        for (const core::RecordedFact& recorded : batch.facts)
            if (is_loosened_lawfully(recorded.fact))
                kept.states.erase(recorded.fact.zone);
    }

    void persist_answered(const core::RecordBatch& batch, bool durable) override {
        if (durable)
            durable_ = sent_[batch.number];
        sent_.erase(batch.number);
    }

    // Of what was only in memory a crash may leave nothing, and what was decided may be durable without being told.
    void ended(Ending) override {
        for (auto& [zone, state] : states_) {
            const auto kept = durable_.states.find(zone);
            state = kept == durable_.states.end() ? BreakerState::disarmed : std::min(state, kept->second);
        }
        for (auto& [limit, stop] : stops_) {
            const auto kept = durable_.stops.find(limit);
            stop = kept == durable_.stops.end() ? core::money_max.micros : std::max(stop, kept->second);
            note_raises(limit);
        }
        if (world().excuses().disk_forgets) {
            states_.clear();
            stops_.clear();
        }
        people_.process_ended();
        sent_.clear();
        was_restarted_ = true;
    }

    void published(const core::Snapshot& snapshot) override {
        for (const core::ZoneStatus& zone : snapshot.zones)
            check(zone);
        for (const core::LimitStatus& limit : snapshot.limits)
            check(limit, snapshot);
        for (const core::ZoneStatus& zone : snapshot.zones) {
            states_[zone.name] = zone.state;
            mandates_until_[zone.name] = zone.mandate_until;
        }
        // An order that was decided but not durable before a crash may be gone after it.
        if (!was_restarted_)
            loosened_.clear();
        was_restarted_ = false;
        forget_news(snapshot);
    }

private:
    struct Kept {
        std::map<core::ZoneName, BreakerState> states;
        std::map<core::LimitName, std::int64_t> stops;
    };

    void compare(const core::Policy& before, const core::Policy& after) {
        for (const core::ZonePolicy& zone : after.zones)
            if (const core::ZonePolicy* old = find_zone(before, zone.name); old != nullptr && old->mode != zone.mode)
                new_modes_[zone.name].insert(state_of(zone.mode));
        for (const core::Limit& limit : after.limits)
            for (const core::Limit& old : before.limits)
                if (old.name == limit.name && old.stop != limit.stop)
                    new_stops_[limit.name].insert(limit.stop.value_or(core::money_max.micros));
        news_at_ = world().now();
    }

    // A closed zone takes the file up when it is reset, and an open one may have to wait for another zone's reset.
    void forget_news(const core::Snapshot& snapshot) {
        const bool any_closed = std::any_of(snapshot.zones.begin(), snapshot.zones.end(),
                                            [](const core::ZoneStatus& zone) { return is_closed(zone.state); });
        if (any_closed || world().now() <= news_at_)
            return;
        new_modes_.clear();
        std::erase_if(new_stops_, [&](const auto& news) { return !waits(news.first, snapshot); });
    }

    // For the people that a mandate wants for it; without the zone of that mandate for nobody.
    bool waits(const core::LimitName& name, const core::Snapshot& snapshot) const {
        for (const core::Limit& limit : world().configuration().limits)
            for (const core::LimitStatus& status : snapshot.limits)
                if (limit.name == name && status.name == name)
                    return status.stop && (!limit.stop || *limit.stop > *status.stop);
        return false;
    }

    bool wants_several(const core::ZonePolicy& zone) const {
        const core::Mandate* mandate = find_mandate(world().configuration(), zone);
        return mandate != nullptr && mandate->loosening_quorum > 1;
    }

    bool file_says(const core::ZoneName& name, BreakerState state) const {
        const auto news = new_modes_.find(name);
        const core::ZonePolicy* zone = find_zone(world().configuration(), name);
        return zone != nullptr && !wants_several(*zone) && news != new_modes_.end() && news->second.contains(state);
    }

    bool is_loosened_lawfully(const core::Fact& fact) const {
        if (fact.kind == core::FactKind::reset)
            return people_.ordered_by_enough(world(), core::OrderKind::reset, fact.zone);
        if (fact.kind == core::FactKind::disarmed)
            return people_.ordered_by_enough(world(), core::OrderKind::disarm, fact.zone) ||
                   file_says(fact.zone, BreakerState::disarmed);
        if (fact.kind == core::FactKind::observing)
            return people_.ordered_by_enough(world(), core::OrderKind::observe, fact.zone) ||
                   file_says(fact.zone, BreakerState::observing);
        return false;
    }

    void note_raises(const core::LimitName& limit) {
        for (const std::int64_t stop : people_.lawful_raises(world(), limit))
            raised_[limit].insert(stop);
    }

    void check(const core::ZoneStatus& zone) {
        const auto before = states_.find(zone.name);
        if (before == states_.end() || loosened_.contains(zone.name) || world().excuses().disk_forgets)
            return;
        const bool file_may = !is_closed(before->second) && file_says(zone.name, zone.state);
        if (zone.state < before->second && !file_may)
            fail("zone " + zone.name.text + " was " + core::to_text(before->second) + " and is " +
                 core::to_text(zone.state) + ", and nobody said so who may");
        if (is_closed(before->second) && is_closed(zone.state) && zone.mandate_until < mandates_until_[zone.name])
            fail("zone " + zone.name.text + " is " + core::to_text(zone.state) +
                 ", and a file has let its mandate end earlier");
    }

    void check(const core::LimitStatus& limit, const core::Snapshot& snapshot) {
        const std::int64_t stop = limit.stop.value_or(core::money_max.micros);
        const auto before = stops_.find(limit.name);
        if (before != stops_.end() && stop > before->second && !raised_[limit.name].contains(stop) &&
            !file_may_raise(limit, stop, snapshot) && !world().excuses().disk_forgets)
            fail("limit " + limit.name.text + " rose from " + std::to_string(before->second) + " to " +
                 std::to_string(stop) + ", and nobody said so who may");
        stops_[limit.name] = stop;
    }

    // Not while a zone that it covers was closed, and has not been reset.
    bool file_may_raise(const core::LimitStatus& limit, std::int64_t stop, const core::Snapshot& snapshot) {
        for (const core::ZoneStatus& zone : snapshot.zones) {
            if (std::find(limit.zones.begin(), limit.zones.end(), zone.name) == limit.zones.end())
                continue;
            const auto before = states_.find(zone.name);
            const bool was_closed = before != states_.end() && is_closed(before->second);
            const core::ZonePolicy* policy = find_zone(world().configuration(), zone.name);
            if ((was_closed && !loosened_.contains(zone.name)) || policy == nullptr || wants_several(*policy))
                return false;
        }
        return new_stops_[limit.name].contains(stop);
    }

    People people_;
    std::optional<core::Policy> file_;
    std::map<core::ZoneName, BreakerState> states_;
    std::map<core::ZoneName, core::WallTime> mandates_until_;
    std::map<core::LimitName, std::int64_t> stops_;
    Kept durable_;
    std::map<std::uint64_t, Kept> sent_;
    std::set<core::ZoneName> loosened_;                           // since the last status, as lawful
    std::map<core::LimitName, std::set<std::int64_t>> raised_;    // as lawful, ever
    std::map<core::ZoneName, std::set<BreakerState>> new_modes_;  // what the file says that it did not say before
    std::map<core::LimitName, std::set<std::int64_t>> new_stops_;
    Duration news_at_{0};
    bool was_restarted_ = false;
};

}  // namespace

std::unique_ptr<Checker> make_loosening_checker() {
    return std::make_unique<LooseningChecker>();
}

}  // namespace noodstop::sim
