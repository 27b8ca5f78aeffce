// What of a new configuration may take effect while zones are tripped or latched, and what loosening it needs a quorum
// for (DESIGN.md 5: "no reload removes, disarms or loosens a zone that is tripped or latched; only tightening
// applies").
#pragma once

#include "agent/core/policy.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace noodstop::core {

struct Merged {
    Policy policy;
    std::vector<std::string> kept;  // sentences: what of the old was kept against the new
};

// `closed`: zones that are tripped or latched. Of them everything stays (zone, mandate, runbook, providers, limits),
// but limits become as tight as the tighter of both. Of open zones whose mandate names a quorum above one, limits are
// not loosened by a file that one person can edit.
Merged merge(const Policy& in_force, const Policy& next, const std::set<ZoneName>& closed);

// The list that each provider is charged by.
using ProviderPrices = std::map<ProviderName, PriceList>;
ProviderPrices prices_of(const Policy& policy);

// Does anything cost differently that had a price before? New SKUs are no change; a new row that overrides a general
// one and a provider's change to another list are.
bool changes_prices(const ProviderPrices& before, const ProviderPrices& after);

}  // namespace noodstop::core
