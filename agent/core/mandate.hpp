// The pre-authorization of stops (DESIGN.md 6): the ceiling of every step, and why a step is refused.
#pragma once

#include "agent/core/lever.hpp"

#include <optional>
#include <string>
#include <vector>

namespace noodstop::core {

// What may be done to the resources of one provider.
struct Grant {
    ProviderName provider;
    std::vector<Lever> levers;
    bool operator==(const Grant&) const = default;
};

// Never stopped, as long as it costs at most rate_max.
struct ProtectedResource {
    ProviderName provider;
    ResourceId id;                       // exact
    std::optional<HourlyRate> rate_max;  // above it the resource is unknown; without it protection always holds
    bool operator==(const ProtectedResource&) const = default;
};

// Known and agreed. Matches resources whose id begins with `prefix` (a whole id matches itself). Matches beyond
// count_max (the newest) or together dearer than rate_max (the dearest) are unknown.
struct BaselineSelector {
    ProviderName provider;
    std::string prefix;
    bool exact = true;  // prefix is a whole id
    std::optional<std::uint32_t> count_max;
    std::optional<HourlyRate> rate_max;
    bool operator==(const BaselineSelector&) const = default;
};

// Agreed beforehand: between these dates this limit may be this high.
struct PlannedException {
    LimitName limit;
    WallTime from;
    WallTime until;
    Money amount;
    bool operator==(const PlannedException&) const = default;
};

// The highest amount that a limit may be configured to or raised to.
struct LimitCeiling {
    LimitName limit;
    Money amount_max;
    bool operator==(const LimitCeiling&) const = default;
};

struct Mandate {
    MandateId id;
    TenantName tenant;
    std::vector<ZoneName> scope;
    std::uint64_t version = 1;  // never goes back
    bool is_signed = false;     // a root-owned file is shown as `unsigned`
    std::string owner;          // who authorized it, in words
    std::string contract;       // reference, and digest if there is one
    WallTime valid_from;
    WallTime valid_until;
    std::optional<Duration> poll_interval_max;
    std::vector<LimitCeiling> ceilings;
    std::vector<Grant> grants;
    HourlyRate shed_to_min;  // a runbook may shed down to this and not below
    bool baseline_may_be_shed = false;
    bool bills_may_stop = false;                    // late bills may trip (DESIGN.md 4.5)
    std::uint32_t baseline_stops_per_hour_max = 1;  // blast radius; unknown resources have none
    std::uint32_t loosening_quorum = 1;             // distinct identities that loosening needs
    std::vector<ProtectedResource> protected_resources;
    std::vector<BaselineSelector> baseline;
    std::vector<PlannedException> exceptions;
    bool operator==(const Mandate&) const = default;
};

}  // namespace noodstop::core
