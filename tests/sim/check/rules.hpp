// What several checkers know of the policies that lives are drawn with.
#pragma once

#include "agent/core/policy.hpp"
#include "agent/core/snapshot.hpp"

#include <algorithm>
#include <string>

namespace noodstop::sim {

inline const core::ZonePolicy* find_zone(const core::Policy& policy, const core::ZoneName& name) {
    const auto found = std::find_if(policy.zones.begin(), policy.zones.end(),
                                    [&](const core::ZonePolicy& zone) { return zone.name == name; });
    return found == policy.zones.end() ? nullptr : &*found;
}

inline const core::Mandate* find_mandate(const core::Policy& policy, const core::ZonePolicy& zone) {
    const auto found = std::find_if(policy.mandates.begin(), policy.mandates.end(),
                                    [&](const core::Mandate& mandate) { return mandate.id == zone.mandate; });
    return found == policy.mandates.end() ? nullptr : &*found;
}

inline bool is_protected_name(const std::string& id) {
    return id == "keep-1";
}
inline bool is_baseline_name(const std::string& id) {
    return id.starts_with("base-");
}
inline bool is_named_by_mandate(const std::string& id) {
    return is_protected_name(id) || is_baseline_name(id);
}

inline bool is_closed(core::BreakerState state) {
    return state == core::BreakerState::tripped || state == core::BreakerState::latched;
}

// The zones whose spend a limit sums.
inline bool covers(const core::Limit& limit, const core::ZonePolicy& zone) {
    return limit.zone == zone.name || limit.tenant == zone.tenant;
}

}  // namespace noodstop::sim
