// A meter with a clock and a ledger of its own, for tests.
#pragma once

#include "agent/core/meter.hpp"
#include "tests/support/policy_builder.hpp"

namespace noodstop::tests {

class MeterRig {
public:
    explicit MeterRig(const core::PriceList& prices = small_prices(), std::uint32_t resources_max = 1000)
        : meter(policy(resources_max), core::PriceBook(prices), core::PriceBook(prices), core::Instant{}) {}

    void pass(core::Duration time) {
        now = now + time;
        const core::TimedCharge charge = meter.advance(now);
        ledger += charge.amount.current;
    }
    core::Meter::Taken take(const core::Look& look) {
        facts.begin_step(now, noon + now.since_origin);
        charges.clear();
        const core::Meter::Taken taken = meter.take(look, now, noon + now.since_origin, charges, facts);
        for (const core::TimedCharge& charge : charges)
            ledger += charge.amount.current;
        for (const core::Fact& fact : facts.take())
            told.push_back(fact.kind);
        return taken;
    }
    core::Meter::Taken look(std::vector<core::Reading> readings, core::LookQuality quality = core::LookQuality::good,
                            std::vector<core::Measure> totals = {}) {
        return take({{"lab"}, quality, now, std::move(readings), std::move(totals), ""});
    }
    bool has_told(core::FactKind kind) const { return std::find(told.begin(), told.end(), kind) != told.end(); }

    core::Meter meter;
    core::Instant now;
    core::Money ledger;
    core::FactLog facts;
    std::vector<core::TimedCharge> charges;  // of the last look
    std::vector<core::FactKind> told;

private:
    static core::ProviderPolicy policy(std::uint32_t resources_max) {
        core::ProviderPolicy made = provider_policy("lab");
        made.resources_max = resources_max;
        return made;
    }
};

}  // namespace noodstop::tests
