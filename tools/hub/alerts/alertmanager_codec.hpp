// Alerts as Alertmanager's API v2 takes them (POST /api/v2/alerts, prometheus.io/docs/alerting/latest/alerts_api).
#pragma once

#include "tools/hub/alerts/alert.hpp"

#include <span>

namespace noodstop::alerts {

struct AlertmanagerOptions {
    // A standing alert is sent with an end that lies this far ahead, since Alertmanager ends by itself what has none.
    // So a hub that is away, or clocks that differ, for less than that don't make a trip look resolved.
    core::Duration hold = std::chrono::hours(1);
    std::string generator_url;  // of the hub, for people; may be empty
};

// A JSON array. Labels tell alerts apart, so nothing that changes while one stands is among them.
std::string encode_alertmanager(std::span<const Alert> alerts, const AlertmanagerOptions& options, core::WallTime now);

}  // namespace noodstop::alerts
