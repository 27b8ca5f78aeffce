// The final bill. In a life without accidents the truth that the clouds will bill is under the limit, but for what grew
// between the last look before the trip and the stop.
#include "tests/sim/check/checks.hpp"
#include "tests/sim/check/windows.hpp"

#include <map>

namespace noodstop::sim {
namespace {

constexpr What accidents[] = {
    What::look_absent,         What::look_silent,        What::look_partial,     What::look_hides,
    What::look_stale,          What::look_unreadable,    What::look_slow,        What::rights_revoked,
    What::orders_slow,         What::orders_hit_another, What::process_death,    What::power_loss,
    What::orderly_restart,     What::process_frozen,     What::suspend,          What::wall_jump,
    What::time_unsynchronized, What::clock_drifts,       What::cut_in_operation, What::file_damaged,
    What::database_lost,       What::latches_lost,       What::old_snapshot,     What::order_raise,
    What::order_disarm,        What::order_observe,      What::order_reset,      What::late_bill,
    What::reload_looser,       What::reload_prices,      What::reload_modes,     What::reload_without_zone,
    What::reload_mandate,      What::take_name};

class BillChecker : public Checker {
public:
    const char* name() const override { return "bill"; }

    void look_delivered(const core::Look&, Duration, Duration) override {
        Wide rate = 0;
        for (const Cloud& cloud : world().clouds()) {
            rate += cloud.bill().rate();
            note_obedience(cloud);
        }
        highest_ = std::max(highest_, rate);
        if (!tripped_)
            note(rate);
        else
            grew_since_ = grew_since_ || rate > known_;  // what is started in a closed zone costs until it is seen
    }

    void decided(const std::vector<core::RecordedFact>& facts) override {
        for (const core::RecordedFact& recorded : facts) {
            if (recorded.fact.kind == core::FactKind::tripped)
                tripped_ = true;
            if (recorded.fact.kind == core::FactKind::latched && !latched_)
                latch();
        }
    }

private:
    // Known before is what the looks before these showed; looks of several clouds come together.
    void note(Wide rate) {
        if (world().now() - known_at_ > world().plan().poll_interval / 2)
            known_before_ = known_;
        known_ = rate;
        known_at_ = world().now();
    }

    bool is_promised() const {
        const Plan& plan = world().plan();
        if (plan.crash_at_step != 0 || plan.cut_at_operation != 0 || plan.disk_lies ||
            plan.without_time_for > Duration{0})
            return false;
        for (const What accident : accidents)
            if (plan.has(accident))
                return false;
        if (!all_obey_)
            return false;
        return plan.policy.zones.size() == 1 && plan.policy.zones[0].mode == core::ZoneMode::armed;
    }

    // At every look, since at the quiet end all obey.
    void note_obedience(const Cloud& cloud) {
        const Duration most = world().plan().poll_interval / 8;
        for (const auto& [id, machine] : cloud.machines())
            for (const Obedience& lever : {machine.shut_down, machine.power_off})
                all_obey_ = all_obey_ && lever.answer == Obedience::Answer::obeys && lever.takes <= most &&
                            machine.returns_left == 0;
    }

    void latch() {
        latched_ = true;
        if (grew_since_ || !is_promised())
            return;
        for (const core::Limit& limit : world().plan().policy.limits)
            if (limit.kind == core::LimitKind::spend && limit.stop && limit.shed_to == core::HourlyRate{})
                check(limit);
    }

    // What nobody could know before the look that tripped costs until it is stopped: one look's time and the stop's.
    void check(const core::Limit& limit) {
        Wide spent = 0;
        const Duration from = std::max(Duration{0}, window_begins(world(), limit, Edge::late));
        for (const std::string& cloud : clouds_of(world(), limit))
            spent += world().cloud({cloud})->bill().between(from, world().now());
        const Duration looking = world().plan().poll_interval + std::chrono::seconds(1);
        const Wide growth = (highest_ - std::min(highest_, known_before_)) * (reaction_of(world()) + looking).count();
        const Wide looks = highest_ * std::chrono::microseconds(std::chrono::milliseconds(200)).count();
        const std::int64_t most = *limit.stop + money(growth + looks);
        if (money(spent) > most)
            fail("limit " + limit.name.text + " is " + core::to_text(core::Money{*limit.stop}) + ", and " +
                 core::to_text(core::Money{money(spent)}) + " was spent");
    }

    Wide highest_ = 0, known_ = 0, known_before_ = 0;
    Duration known_at_{0};
    bool tripped_ = false, latched_ = false, grew_since_ = false, all_obey_ = true;
};

}  // namespace

std::unique_ptr<Checker> make_bill_checker() {
    return std::make_unique<BillChecker>();
}

}  // namespace noodstop::sim
