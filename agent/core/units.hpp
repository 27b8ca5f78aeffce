// Quantities of the path: money in integer micro-units, time on the agent's own line, wall time, and names.
//
// No floating point anywhere below this header (DESIGN.md 4.1). Arithmetic on money saturates: an absurd price
// yields an absurdly large amount, never a negative or a small one.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

namespace noodstop::core {

// All durations of the core, in whole microseconds: the resolution of the kernel's usage counters.
using Duration = std::chrono::microseconds;
inline constexpr std::int64_t hour_micros = 3'600'000'000;

// A moment on the agent's time line. It counts suspend and downtime, never goes back and does not follow the
// wall clock (see timeline.hpp). Only differences mean something.
struct Instant {
    Duration since_origin{0};
    auto operator<=>(const Instant&) const = default;
};

constexpr Instant operator+(Instant at, Duration by) {
    return {at.since_origin + by};
}
constexpr Instant operator-(Instant at, Duration by) {
    return {at.since_origin - by};
}
constexpr Duration operator-(Instant later, Instant earlier) {
    return later.since_origin - earlier.since_origin;
}

// Civil time as UTC microseconds since 1970, leap seconds not counted. An input, never a measure of duration.
struct WallTime {
    Duration since_epoch{0};
    auto operator<=>(const WallTime&) const = default;
};

constexpr WallTime operator+(WallTime at, Duration by) {
    return {at.since_epoch + by};
}
constexpr WallTime operator-(WallTime at, Duration by) {
    return {at.since_epoch - by};
}
constexpr Duration operator-(WallTime later, WallTime earlier) {
    return later.since_epoch - earlier.since_epoch;
}

// An amount in millionths of the tenant's currency unit.
struct Money {
    std::int64_t micros = 0;
    auto operator<=>(const Money&) const = default;
};

inline constexpr Money money_max{std::numeric_limits<std::int64_t>::max()};

Money operator+(Money left, Money right);
Money operator-(Money left, Money right);
Money& operator+=(Money& left, Money right);
constexpr Money units(std::int64_t whole) {
    return {whole * 1'000'000};
}

// Cost per hour of running, in millionths of the currency unit.
struct HourlyRate {
    std::int64_t micros_per_hour = 0;
    auto operator<=>(const HourlyRate&) const = default;
};

inline constexpr HourlyRate rate_max{std::numeric_limits<std::int64_t>::max()};

HourlyRate operator+(HourlyRate left, HourlyRate right);
HourlyRate operator-(HourlyRate left, HourlyRate right);
HourlyRate& operator+=(HourlyRate& left, HourlyRate right);

// What `rate` costs over `time`, rounded up. For comparisons and forecasts; the ledger itself carries remainders.
Money cost_rounded_up(HourlyRate rate, Duration time);

// Time until `rate` has cost `amount`, rounded down; Duration::max() at a rate of zero.
Duration time_to_spend(Money amount, HourlyRate rate);

// Wide arithmetic for accounting. Saturates at the ends of the type instead of wrapping.
using Wide = __int128;
std::int64_t saturate(Wide value);
Wide saturating_multiply(Wide left, Wide right);
Wide saturating_add(Wide left, Wide right);
Wide divide_rounded_up(Wide value, Wide by);

// A name that can't be mistaken for another kind of name.
template <class Tag>
struct Name {
    std::string text;
    auto operator<=>(const Name&) const = default;
    bool empty() const { return text.empty(); }
};

using TenantName = Name<struct TenantTag>;
using ZoneName = Name<struct ZoneTag>;
using ProviderName = Name<struct ProviderTag>;
using ResourceId = Name<struct ResourceTag>;  // the provider's own id, normalized
using LimitName = Name<struct LimitTag>;
using MandateId = Name<struct MandateTag>;
using RunbookName = Name<struct RunbookTag>;
using PriceListName = Name<struct PriceListTag>;
using Identity = Name<struct IdentityTag>;  // who gave an order, e.g. "uid:0 (root)"

// Text for people: "12.50", "0.000123" (at least two decimals, no trailing zeros beyond), "1h30m", "250ms",
// "2026-11-21T18:00:00Z".
std::string to_text(Money amount);
std::string to_text(HourlyRate rate);
std::string to_text(Duration time);
std::string to_text(WallTime time);

}  // namespace noodstop::core
