// The ledger is never below the world's own sum, and above it only by what the rules allow.
#include "tests/sim/check/checks.hpp"
#include "tests/sim/check/rules.hpp"
#include "tests/sim/check/windows.hpp"

namespace noodstop::sim {
namespace {

class LedgerChecker : public Checker {
public:
    const char* name() const override { return "ledger"; }

    void published(const core::Snapshot& snapshot) override {
        const Excuses& excuses = world().excuses();
        if (excuses.prices_changed || excuses.disk_forgets || excuses.clock_wrong)
            return;
        for (const core::LimitStatus& status : snapshot.limits)
            for (const core::Limit& limit : world().configuration().limits)
                if (limit.name == status.name && limit.kind == core::LimitKind::spend)
                    check(limit, status);
    }

private:
    void check(const core::Limit& limit, const core::LimitStatus& status) {
        const Excuses& excuses = world().excuses();
        const Reckoning& reckoning = world().reckoning();
        const std::set<std::string> clouds = clouds_of(world(), limit);
        const std::int64_t rounding = 100 + 20 * static_cast<std::int64_t>(reckoning.looks());
        // What was assumed of a counter that could not be read is set off against later use, also of another window.
        if (!excuses.clouds_lie && !excuses.overflowed && !excuses.figures_unknown) {
            const std::int64_t least = reckoning.at_least(clouds, window_begins(world(), limit, Edge::late));
            if (status.used + rounding < least)
                return fail("limit " + limit.name.text + " has " + core::to_text(core::Money{status.used}) +
                            " in its ledger, and at least " + core::to_text(core::Money{least}) + " was spent");
        }
        if (excuses.overflowed || excuses.bills_came || excuses.figures_unknown || excuses.clouds_lie ||
            excuses.zones_changed)
            return;
        for (const std::string& cloud : clouds)
            if (!reckoning.last_good(cloud))
                return;  // since when what a partial look shows has been there, nobody knows
        std::int64_t most =
            reckoning.at_most(clouds, window_begins(world(), limit, Edge::early), world().now()) + rounding;
        if (reckoning.ended_before())
            most += limit.stop.value_or(0) / 10;  // a hundredth, of what it may have been raised to
        if (status.used > most)
            fail("limit " + limit.name.text + " has " + core::to_text(core::Money{status.used}) +
                 " in its ledger, and at most " + core::to_text(core::Money{most}) + " can be charged");
    }
};

}  // namespace

std::unique_ptr<Checker> make_ledger_checker() {
    return std::make_unique<LedgerChecker>();
}

}  // namespace noodstop::sim
