// The final bill. Where nothing happened that the rules make no promise about, the truth that the clouds will bill is
// under the limit whenever a zone is latched and at the end of the life, but for what grew between the last look before
// the trip and the stop. After a crash: but for what ran while nobody looked, and a hundredth (DESIGN.md 4.9). What a
// latched zone may keep, or lets start because it is agreed, costs beside it.
#include "tests/sim/check/checks.hpp"
#include "tests/sim/check/windows.hpp"

#include <map>

namespace noodstop::sim {
namespace {

constexpr What accidents[] = {
    What::look_absent,   What::look_silent,         What::look_partial,        What::look_hides,
    What::look_stale,    What::look_unreadable,     What::look_slow,           What::rights_revoked,
    What::orders_slow,   What::orders_hit_another,  What::process_frozen,      What::suspend,
    What::wall_jump,     What::time_unsynchronized, What::clock_drifts,        What::file_damaged,
    What::database_lost, What::latches_lost,        What::old_snapshot,        What::reload_looser,
    What::reload_prices, What::reload_modes,        What::reload_without_zone, What::reload_mandate,
    What::take_name};

// These and a crash: what was not durable is lost.
constexpr What disk_failures[] = {What::disk_error, What::disk_full,       What::disk_read_only, What::disk_slow,
                                  What::disk_hangs, What::operation_fails, What::old_snapshot};

constexpr std::int64_t reservation_share = 100;
constexpr Duration doubt_after_start = std::chrono::seconds(2);  // what was ordered before is observed first

class BillChecker : public Checker {
public:
    const char* name() const override { return "bill"; }

    void started(const core::Recovered&) override {
        if (ended_at_)
            away_ += world().now() - *std::exchange(ended_at_, std::nullopt) + doubt_after_start;
    }

    // Before its first whole state is durable an agent that ends leaves nothing behind.
    void ended(Ending) override {
        loosened_ = loosened_ || !kept_;
        ended_at_ = ended_at_.value_or(world().now());
    }

    void persist_sent(const core::RecordBatch&, bool whole_state) override { whole_state_sent_ = whole_state; }
    void persist_answered(const core::RecordBatch&, bool durable) override {
        kept_ = kept_ || (durable && whole_state_sent_);
    }

    void look_delivered(const core::Look&, Duration, Duration) override {
        const Wide rate = rate_now();
        for (const Cloud& cloud : world().clouds())
            note_obedience(cloud);
        highest_ = std::max(highest_, rate);
        if (!tripped_)
            note(rate);
        else
            grew_since_ = grew_since_ || rate > known_;  // what is started in a closed zone costs until it is seen
        if (kept_rate_)
            kept_rate_ = std::max(*kept_rate_, agreed_rate_now());
    }

    void decided(const std::vector<core::RecordedFact>& facts) override {
        for (const core::RecordedFact& recorded : facts)
            note(recorded.fact.kind);
    }

    // One that is tripped for good has lost the right to stop, or the hour's blast radius holds it.
    void end() override {
        if (!tripped_ || kept_rate_)
            check_all();
    }

private:
    Wide rate_now() const {
        Wide rate = 0;
        for (const Cloud& cloud : world().clouds())
            rate += cloud.bill().rate();
        return rate;
    }

    // Agreed ones may also be started in a closed zone.
    Wide agreed_rate_now() const {
        Wide rate = 0;
        for (const Cloud& cloud : world().clouds())
            for (const auto& [id, machine] : cloud.machines())
                rate += is_named_by_mandate(id) ? cloud.rate(machine) : Wide{0};
        return rate;
    }

    void note(core::FactKind kind) {
        if (kind == core::FactKind::tripped) {
            tripped_ = true;
        } else if (kind == core::FactKind::latched) {
            check_all();
            kept_rate_ = rate_now();
            latched_at_ = world().now();
        } else if (kind == core::FactKind::reset) {  // nothing is reached: what follows is under the same limit
            tripped_ = grew_since_ = false;
            kept_rate_.reset();
        }
        loosened_ = loosened_ || kind == core::FactKind::limit_raised || kind == core::FactKind::disarmed ||
                    kind == core::FactKind::observing;
    }

    // Known before is what the looks before these showed; looks of several clouds come together.
    void note(Wide rate) {
        if (world().now() - known_at_ > world().plan().poll_interval / 2)
            known_before_ = known_;
        known_ = rate;
        known_at_ = world().now();
    }

    bool is_promised() const {
        const Plan& plan = world().plan();
        if (plan.disk_lies || plan.without_time_for > Duration{0} || world().excuses().disk_forgets || loosened_ ||
            grew_since_ || !all_obey_)
            return false;
        for (const What accident : accidents)
            if (has_happened(accident))
                return false;
        for (const What failure : disk_failures)
            if (world().ends_so_far() > 0 && has_happened(failure))
                return false;
        return plan.policy.zones.size() == 1 && plan.policy.zones[0].mode == core::ZoneMode::armed;
    }

    bool has_happened(What what) const {
        const auto& all = world().plan().happenings;
        return std::any_of(all.begin(), all.end(), [&](const Happening& happening) {
            return happening.what == what && happening.at <= world().now();
        });
    }

    // At every look, since at the quiet end all obey.
    void note_obedience(const Cloud& cloud) {
        const Duration most = world().plan().poll_interval / 8;
        for (const auto& [id, machine] : cloud.machines())
            for (const Obedience& lever : {machine.shut_down, machine.power_off})
                all_obey_ = all_obey_ && lever.answer == Obedience::Answer::obeys && lever.takes <= most &&
                            machine.returns_left == 0;
    }

    void check_all() {
        if (is_promised())
            for (const core::Limit& limit : world().plan().policy.limits)
                if (limit.kind == core::LimitKind::spend && limit.stop && limit.shed_to == core::HourlyRate{})
                    check(limit);
    }

    // What nobody could know before the look that tripped costs until it is stopped: one look's time and the stop's.
    // What a latched zone may keep goes on costing.
    void check(const core::Limit& limit) {
        Wide spent = 0;
        const Duration from = std::max(Duration{0}, window_begins(world(), limit, Edge::late));
        for (const std::string& cloud : clouds_of(world(), limit))
            spent += world().cloud({cloud})->bill().between(from, world().now());
        const Duration looking = world().plan().poll_interval + std::chrono::seconds(1);
        const Wide growth = (highest_ - std::min(highest_, known_before_)) * (reaction_of(world()) + looking).count();
        const Wide looks = highest_ * std::chrono::microseconds(std::chrono::milliseconds(200)).count();
        const Wide unseen = highest_ * away_.count();
        const Wide kept = kept_rate_.value_or(0) * (world().now() - latched_at_).count();
        const std::int64_t reserved = away_ > Duration{0} ? *limit.stop / reservation_share : 0;
        const std::int64_t most = *limit.stop + reserved + money(growth + looks + unseen + kept);
        if (money(spent) > most)
            fail("limit " + limit.name.text + " is " + core::to_text(core::Money{*limit.stop}) + ", and " +
                 core::to_text(core::Money{money(spent)}) + " was spent");
    }

    Wide highest_ = 0, known_ = 0, known_before_ = 0;
    Duration known_at_{0};
    std::optional<Wide> kept_rate_;
    Duration latched_at_{0};
    Duration away_{0};  // while nobody looked
    std::optional<Duration> ended_at_;
    bool whole_state_sent_ = false, kept_ = false;
    bool tripped_ = false, grew_since_ = false, loosened_ = false, all_obey_ = true;
};

}  // namespace

std::unique_ptr<Checker> make_bill_checker() {
    return std::make_unique<BillChecker>();
}

}  // namespace noodstop::sim
