// Everything that configuration decides, validated: the engine and the shell may rely on each line of this file.
// Made by agent/config only (and by tests). Names are unique within their kind and every reference resolves.
#pragma once

#include "agent/core/channel_policy.hpp"
#include "agent/core/mandate.hpp"
#include "agent/core/price_list.hpp"

#include <variant>

namespace noodstop::core {

struct AgentPolicy {
    std::string name;  // shown in status and facts
    std::string state_folder = "/var/lib/noodstop";
    std::string socket_path = "/run/noodstop/noodstop.sock";
    std::string socket_group;                                      // may read status; empty: root only
    std::string doors_user = "nobody";                             // the unprivileged user of the doors process
    std::string time_zone = "UTC";                                 // IANA name, for calendar windows
    Duration durability_deadline = std::chrono::milliseconds(20);  // after it a stop goes on without the disk
    Duration checkpoint_interval = std::chrono::seconds(60);       // how often state is written in calm times
    Duration journal_retention = std::chrono::hours(24 * 400);
    Duration calm_interval = std::chrono::seconds(1);  // how often the engine is stepped without other input
    bool lock_memory = true;
    bool raise_priority = true;
    ChannelPolicy channel;
    bool operator==(const AgentPolicy&) const = default;
};

struct CgroupSettings {
    std::string root;  // folder of the control group whose direct children are the resources
    bool operator==(const CgroupSettings&) const = default;
};

// A process is a resource if it matches every selector that is set; at least one is.
struct ProcessSettings {
    std::string executable;  // absolute path of /proc/PID/exe
    std::string user;        // login name or number
    std::string pid_file;
    bool operator==(const ProcessSettings&) const = default;
};

struct ProviderPolicy {
    ProviderName name;
    std::variant<CgroupSettings, ProcessSettings> settings;
    PriceListName price_list;
    Duration poll_interval = std::chrono::seconds(1);
    Duration look_deadline = std::chrono::seconds(5);  // a look that takes longer counts as absent
    Duration blind_after = std::chrono::seconds(5);    // without a good look: blind
    HourlyRate blind_rate;                             // exposure grows at least this fast while blind; > 0
    std::uint32_t resources_max = 10'000;
    bool operator==(const ProviderPolicy&) const = default;
};

struct TenantPolicy {
    TenantName name;
    std::string currency;
    bool operator==(const TenantPolicy&) const = default;
};

enum class ZoneMode : std::uint8_t { disarmed, observing, armed };

struct ZonePolicy {
    ZoneName name;
    TenantName tenant;
    std::vector<ProviderName> providers;
    RunbookName runbook;
    MandateId mandate;  // empty: none, the zone stays disarmed
    ZoneMode mode = ZoneMode::observing;
    std::optional<WallTime> observe_until;  // required while observing: then armed by itself
    std::uint32_t calm = 10;                // good looks without cause until warned and held fall
    bool operator==(const ZonePolicy&) const = default;
};

enum class LimitKind : std::uint8_t { spend, rate, count, allow };
enum class Stage : std::uint8_t { warn, hold, stop };
enum class WindowKind : std::uint8_t { rolling, day, month };
enum class Counted : std::uint8_t { resources, vcpus, gpus };

// One rule. Thresholds of a stage that is not set never act. For `spend` thresholds are money per window, for
// `rate` money per hour (in Money::micros), for `count` plain numbers (in Money::micros as well, unscaled).
struct Limit {
    LimitName name;
    LimitKind kind = LimitKind::spend;
    std::optional<TenantName> tenant;  // exactly one of tenant and zone
    std::optional<ZoneName> zone;
    std::optional<std::int64_t> warn;
    std::optional<std::int64_t> hold;
    std::optional<std::int64_t> stop;
    WindowKind window = WindowKind::day;   // spend
    Duration window_length{0};             // spend, rolling
    Counted counted = Counted::resources;  // count
    std::vector<std::string> regions;      // allow: empty means any
    std::vector<std::string> skus;
    std::vector<std::string> kinds;
    Stage allow_stage = Stage::stop;  // allow: what an offender causes
    std::uint32_t confirm = 1;        // good looks in a row; not for spend
    HourlyRate shed_to;               // spend and rate: how far a trip sheds
    bool operator==(const Limit&) const = default;
};

struct LeverRule {
    Lever lever = Lever::power_off;
    Duration deadline = std::chrono::seconds(5);  // without an observed stop by then: next lever
    bool operator==(const LeverRule&) const = default;
};

struct Runbook {
    RunbookName name;
    std::vector<LeverRule> stop;  // in order; the last is retried with back-off
    std::vector<LeverRule> hold;  // for what appears while held
    Duration retry_first = std::chrono::milliseconds(500);
    Duration retry_max = std::chrono::seconds(30);
    Duration overdue_after = std::chrono::seconds(60);
    bool operator==(const Runbook&) const = default;
};

struct Notification {
    std::string name;
    std::vector<std::string> command;  // absolute path and arguments; the fact comes as JSON on standard input
    std::vector<std::string> facts;    // fact kinds by name; empty: all that a person must know (is_alert)
    Duration deadline = std::chrono::seconds(10);
    bool operator==(const Notification&) const = default;
};

struct Policy {
    AgentPolicy agent;
    std::vector<PriceList> price_lists;
    std::vector<ProviderPolicy> providers;
    std::vector<TenantPolicy> tenants;
    std::vector<ZonePolicy> zones;
    std::vector<Limit> limits;
    std::vector<Runbook> runbooks;
    std::vector<Mandate> mandates;
    std::vector<Notification> notifications;
    bool operator==(const Policy&) const = default;
};

const char* to_text(ZoneMode mode);
const char* to_text(LimitKind kind);
const char* to_text(Stage stage);
const char* to_text(WindowKind kind);
const char* to_text(Counted counted);

}  // namespace noodstop::core
