// Cumulative counters: what has been spent, by whom, since when. What of an agent's ledger goes out to others; because
// they are cumulative, the latest value of each tells everything that the ones before it told.
#pragma once

#include "agent/core/units.hpp"

#include <optional>

namespace noodstop::core {

enum class CounterKind : std::uint8_t {
    zone_spend,      // all that was ever charged in the zone
    limit_used,      // of a spend limit's present window; a calendar window's begins anew with it
    resource_spend,  // since the resource was first seen
};

struct CounterName {
    CounterKind kind = CounterKind::zone_spend;
    TenantName tenant;  // empty where it does not apply, as the next four
    ZoneName zone;
    LimitName limit;
    ProviderName provider;
    ResourceId resource;
    std::string currency;
    auto operator<=>(const CounterName&) const = default;
};

struct Counter {
    CounterName name;
    Money value;
    std::optional<WallTime> since;  // where the counting of `value` began; none: not known
    WallTime at;                    // when it stood so
    bool operator==(const Counter&) const = default;
};

const char* to_text(CounterKind kind);

}  // namespace noodstop::core
