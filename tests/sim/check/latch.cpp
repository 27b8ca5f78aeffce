// A zone that was tripped stays closed until a reset that enough people ordered, whatever dies, is lost or is loaded
// meanwhile; one that a crash leaves open has its reset in the journal; and a latch that nobody wrote so counts as
// closed and is believed in nothing else.
#include "tests/sim/check/checks.hpp"
#include "tests/sim/check/people.hpp"
#include "tests/sim/check/rules.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace noodstop::sim {
namespace {

class LatchChecker : public Checker {
public:
    const char* name() const override { return "latch"; }

    void ordered(const core::Order& order) override { people_.ordered(order); }
    void replied(const core::Order& order, const core::OrderAnswer& answer) override {
        people_.replied(order, answer, world().now());
    }

    void latch_sent(const core::Latch& latch) override { sent_.push_back(latch); }
    // One that opens a zone is written with its batch alone.
    void persist_sent(const core::RecordBatch& batch, bool) override {
        sent_.insert(sent_.end(), batch.latches.begin(), batch.latches.end());
    }
    void latch_kept(const core::Latch& latch, bool durable) override { keep(latch, durable, &Kept::in_file); }
    void persist_answered(const core::RecordBatch& batch, bool durable) override {
        for (const core::Latch& latch : batch.latches)
            keep(latch, durable, &Kept::in_database);
        if (!durable)
            return;
        for (auto& [zone, kept] : zones_)
            kept.must_be_closed = std::exchange(kept.is_to_be_found, false) || kept.must_be_closed;
        for (const core::RecordedFact& recorded : batch.facts)
            resets_under_way_.erase(recorded.sequence);
    }

    void ended(Ending) override {
        people_.process_ended();
        for (auto& [zone, kept] : zones_)
            kept.must_be_closed = kept.in_database || kept.in_file;
    }

    // A start that can read neither the database nor any latch knows nothing of its zones, and says so: until the disk
    // answers and shows the latches.
    void started(const core::Recovered& found) override {
        for (const core::Latch& latch : found.latches)
            if (std::find(sent_.begin(), sent_.end(), latch) == sent_.end() &&
                (!latch.tripped || !latch.survivors.empty()))
                fail("the latch of zone " + latch.zone.text + " is taken up as nobody had written it");
        for (const core::Latch& latch : found.latches)
            if (latch.version < newest_durable_[latch.zone] && !world().excuses().disk_forgets)
                fail("the latch of zone " + latch.zone.text + " is found older than it was on the disk");
        for (const auto& [sequence, zone] : std::exchange(resets_under_way_, {}))
            for (const core::Latch& latch : found.latches)
                if (latch.zone == zone && !latch.tripped)
                    resets_to_be_found_[sequence] = zone;
        const bool all_lost = world().excuses().database_lost && world().excuses().latches_lost;
        const bool unreadable = world().disk_was_unreadable();
        for (auto& [zone, kept] : zones_) {
            const bool is_lost = all_lost || (world().excuses().latches_lost && !kept.in_database);
            kept.is_to_be_found = kept.must_be_closed && unreadable && !world().excuses().latches_lost;
            if (unreadable && !kept.is_to_be_found)
                kept = {};  // and the first batch that the disk takes replaces the database
            kept.must_be_closed = kept.must_be_closed && !is_lost && !unreadable;
        }
    }

    void decided(const std::vector<core::RecordedFact>& facts) override {
        people_.forget_before(world().now());
        for (const core::RecordedFact& recorded : facts)
            if (recorded.fact.kind == core::FactKind::reset &&
                people_.ordered_by_enough(world(), core::OrderKind::reset, recorded.fact.zone)) {
                zones_[recorded.fact.zone] = {};
                resets_under_way_[recorded.sequence] = recorded.fact.zone;
            }
    }

    void journal_read(const std::vector<core::RecordedFact>& facts, bool complete) override {
        if (!complete || world().excuses().disk_forgets)
            return;
        for (const core::RecordedFact& recorded : facts)
            if (recorded.fact.kind == core::FactKind::reset)
                resets_to_be_found_.erase(recorded.sequence);
        for (const auto& [sequence, zone] : resets_to_be_found_)
            fail("zone " + zone.text + " came open out of a crash, and its reset " + std::to_string(sequence) +
                 " is not in the journal");
    }

    void published(const core::Snapshot& snapshot) override {
        for (auto& [zone, kept] : zones_)
            kept.seen = false;
        for (const core::ZoneStatus& zone : snapshot.zones) {
            Kept& kept = zones_[zone.name];
            kept.seen = true;
            if (kept.must_be_closed && !is_closed(zone.state))
                fail("zone " + zone.name.text + " was tripped and is " + core::to_text(zone.state) +
                     " without a reset");
            kept.must_be_closed = kept.must_be_closed || is_closed(zone.state);
        }
        for (const auto& [zone, kept] : zones_)
            if (kept.must_be_closed && !kept.seen && !was_given_up(zone))
                fail("zone " + zone.text + " was tripped and is gone from the status");
    }

private:
    // Gone from the file while it was closed, and then the database was lost that still knew it: a fact says so.
    bool was_given_up(const core::ZoneName& zone) const {
        return world().excuses().disk_forgets && find_zone(world().configuration(), zone) == nullptr;
    }

    struct Kept {
        bool must_be_closed = false;
        bool in_file = false;         // before its batch came to the database, or without it
        bool in_database = false;     // and in its file
        bool is_to_be_found = false;  // with the first batch that the disk takes
        bool seen = false;
    };

    // What is on the disk when the process dies decides; a latch that is still on its way may be lost.
    void keep(const core::Latch& latch, bool durable, bool Kept::*place) {
        if (durable)
            newest_durable_[latch.zone] = std::max(newest_durable_[latch.zone], latch.version);
        if (latch.tripped && durable && zones_[latch.zone].must_be_closed)
            zones_[latch.zone].*place = true;
    }

    People people_;
    std::map<core::ZoneName, Kept> zones_;
    std::vector<core::Latch> sent_;
    std::map<core::ZoneName, std::uint64_t> newest_durable_;
    std::map<std::uint64_t, core::ZoneName> resets_under_way_;  // decided, not known to be durable
    std::map<std::uint64_t, core::ZoneName> resets_to_be_found_;
};

}  // namespace

std::unique_ptr<Checker> make_latch_checker() {
    return std::make_unique<LatchChecker>();
}

}  // namespace noodstop::sim
