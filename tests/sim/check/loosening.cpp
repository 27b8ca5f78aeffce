// Nothing is looser after a crash, a reload or a rollover than before: states only fall by an order, a file that says
// so, and limits only rise by an order or a file.
#include "tests/sim/check/checks.hpp"
#include "tests/sim/check/rules.hpp"

#include <map>
#include <set>

namespace noodstop::sim {
namespace {

class LooseningChecker : public Checker {
public:
    const char* name() const override { return "loosening"; }

    void policy_given(const core::Policy&) override {
        if (started_)
            reloaded_ = true;
    }

    void started(const core::Recovered&) override { started_ = true; }

    void decided(const std::vector<core::RecordedFact>& facts) override {
        for (const core::RecordedFact& recorded : facts) {
            const core::FactKind kind = recorded.fact.kind;
            if (loosens(kind))
                loosened_.insert(recorded.fact.zone);
            if (kind == core::FactKind::limit_raised)
                raised_.insert(recorded.fact.limit);
        }
    }

    // As last published, but for what this batch itself loosens.
    void persist_sent(const core::RecordBatch& batch, bool) override {
        States& states = sent_[batch.number] = states_;
        for (const core::RecordedFact& recorded : batch.facts)
            if (loosens(recorded.fact.kind))
                states.erase(recorded.fact.zone);
    }

    void persist_answered(const core::RecordBatch& batch, bool durable) override {
        if (durable)
            durable_ = sent_[batch.number];
        sent_.erase(batch.number);
    }

    // Of what was only in memory a crash may leave nothing.
    void ended(Ending) override {
        for (auto& [zone, state] : states_) {
            const auto kept = durable_.find(zone);
            state = kept == durable_.end() ? core::BreakerState::disarmed : std::min(state, kept->second);
        }
        if (world().excuses().disk_forgets)
            states_.clear();
        sent_.clear();
        was_restarted_ = true;
    }

    void published(const core::Snapshot& snapshot) override {
        for (const core::ZoneStatus& zone : snapshot.zones)
            check(zone);
        for (const core::LimitStatus& limit : snapshot.limits)
            check(limit);
        // An order that was decided but not durable before a crash may be gone after it.
        if (!was_restarted_)
            loosened_.clear();
        reloaded_ = false;
        was_restarted_ = false;
    }

private:
    static bool loosens(core::FactKind kind) {
        return kind == core::FactKind::order_accepted || kind == core::FactKind::reset ||
               kind == core::FactKind::disarmed || kind == core::FactKind::observing;
    }

    void check(const core::ZoneStatus& zone) {
        const auto before = states_.find(zone.name);
        if (before != states_.end() && zone.state < before->second && !loosened_.contains(zone.name) && !reloaded_ &&
            !world().excuses().disk_forgets)
            fail("zone " + zone.name.text + " was " + core::to_text(before->second) + " and is " +
                 core::to_text(zone.state) + ", and nobody said so");
        states_[zone.name] = zone.state;
    }

    void check(const core::LimitStatus& limit) {
        const std::int64_t stop = limit.stop.value_or(core::money_max.micros);
        const auto before = stops_.find(limit.name);
        if (before != stops_.end() && stop > before->second && !raised_.contains(limit.name) && !reloaded_ &&
            !world().excuses().disk_forgets)
            fail("limit " + limit.name.text + " rose from " + std::to_string(before->second) + " to " +
                 std::to_string(stop) + ", and nobody said so");
        stops_[limit.name] = stop;
        raised_.erase(limit.name);
    }

    using States = std::map<core::ZoneName, core::BreakerState>;
    States states_, durable_;
    std::map<std::uint64_t, States> sent_;
    std::map<core::LimitName, std::int64_t> stops_;
    std::set<core::ZoneName> loosened_;
    std::set<core::LimitName> raised_;
    bool started_ = false, reloaded_ = false, was_restarted_ = false;
};

}  // namespace

std::unique_ptr<Checker> make_loosening_checker() {
    return std::make_unique<LooseningChecker>();
}

}  // namespace noodstop::sim
