// The state of the engine as status shows it: a plain copy, made once a cycle, that side doors may read.
#pragma once

#include "agent/core/policy.hpp"

namespace noodstop::core {

enum class BreakerState : std::uint8_t { disarmed, observing, armed, tripped, latched };

struct ProviderStatus {
    ProviderName name;
    std::string kind;                  // "cgroup", "process"
    std::optional<Duration> look_age;  // since the last good look; none: never
    bool blind = true;
    std::string problem;  // of the last look that was not good
    std::uint64_t resource_count = 0;
    HourlyRate rate;                       // of everything it shows
    std::vector<RehearsalLine> rehearsal;  // the last answers
};

struct LimitStatus {
    LimitName name;
    LimitKind kind = LimitKind::spend;
    TenantName tenant;
    std::vector<ZoneName> zones;  // whose spend it sums
    std::string currency;
    std::int64_t used = 0;      // spend: accrued; rate: per hour; count and allow: a number
    std::int64_t exposure = 0;  // spend: what it compares; otherwise used
    std::optional<std::int64_t> warn;
    std::optional<std::int64_t> hold;
    std::optional<std::int64_t> stop;
    std::optional<Duration> time_to_stop;  // at the present rate; none: never
    WindowKind window = WindowKind::day;
    Duration window_length{0};
    std::optional<WallTime> window_began;
    bool warned = false;
    bool held = false;
    bool reached = false;  // the stop stage
};

struct TargetStatus {
    ProviderName provider;
    ResourceId resource;
    std::string doing;  // a phrase: "shut_down ordered, observed running"
};

struct ZoneStatus {
    ZoneName name;
    TenantName tenant;
    std::string currency;
    std::vector<ProviderName> providers;  // that it covers
    BreakerState state = BreakerState::disarmed;
    bool warned = false;
    bool held = false;
    bool blind = false;
    bool impaired = false;
    bool unproven = false;
    bool overdue = false;
    MandateId mandate;
    bool mandate_signed = false;
    WallTime mandate_until;
    std::optional<WallTime> observe_until;
    HourlyRate rate;  // of all its resources
    Duration reaction{0};
    Instant since;  // of the present state
    WallTime since_wall;
    std::string reason;                  // why it is in this state
    std::vector<TargetStatus> targets;   // what a running trip or hold has not finished
    std::vector<std::string> survivors;  // "provider/id"
    std::uint32_t stopped_count = 0;     // stops observed since the trip
};

struct ResourceStatus {
    ProviderName provider;
    ResourceId id;
    std::string sku;
    std::string region;
    std::string kind;
    Activity activity = Activity::unknown;
    ResourceClass class_ = ResourceClass::unknown;
    HourlyRate rate;
    bool price_known = true;
    Money accrued;  // since it was first seen
    std::vector<ZoneName> zones;
};

struct Snapshot {
    std::string agent;
    Instant at;
    WallTime wall;
    bool durable = true;  // false: decisions are held in memory only
    bool time_trusted = true;
    bool prices_pending = false;  // changed prices wait for acknowledge_prices
    std::uint64_t looks = 0;
    std::uint64_t last_sequence = 0;
    std::vector<ZoneStatus> zones;
    std::vector<LimitStatus> limits;
    std::vector<ProviderStatus> providers;
    std::vector<std::string> warnings;  // whole sentences: stale prices, refused privileges, ...
};

const char* to_text(BreakerState state);

}  // namespace noodstop::core
