// An alert: something that stands until it ends and that a person must know of, in the words of the hub. Receivers get
// it in theirs (alertmanager_codec, cloud_event_codec).
#pragma once

#include "agent/core/fact.hpp"

namespace noodstop::alerts {

enum class AlertKind : std::uint8_t {
    tripped,        // a breaker is tripped or latched; ends with its reset
    blind,          // a provider can't be seen; what it runs is assumed
    disarmed,       // a disconnected emergency stop must not look like a working one
    agent_missing,  // an agent is not heard of any more
};

// What tells alerts apart.
struct AlertKey {
    AlertKind kind = AlertKind::tripped;
    std::string agent;
    std::string subject;  // the zone or the provider; empty where the agent itself is meant
    auto operator<=>(const AlertKey&) const = default;
};

struct Alert {
    AlertKey key;
    core::TenantName tenant;  // empty where none alone is meant
    core::WallTime began;
    std::optional<core::WallTime> ended;  // never before `began`
    std::string reason;                   // one line; empty where none was told
    bool operator==(const Alert&) const = default;
};

const char* to_text(AlertKind kind);  // snake_case, stable

// "zone dev of box is tripped": what stands, or what it was.
std::string sentence_of(const Alert& alert);

// "2025-12-05T12:00:00.000001Z" (RFC 3339).
std::string time_text(core::WallTime time);

}  // namespace noodstop::alerts
