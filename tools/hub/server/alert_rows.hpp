// The rows of alerts and of events that wait for the webhook (tools/hub/schema.hpp), inside transactions of the caller.
#pragma once

#include "platform/sqlite/database.hpp"
#include "tools/hub/alerts/alert_book.hpp"
#include "tools/hub/alerts/cloud_event_codec.hpp"

#include <vector>

namespace noodstop::hub {

inline constexpr std::int64_t notices_max = 100'000;  // beyond it the oldest are forgotten

// One row for each key: what stands, or its last end.
platform::Status write_alert(platform::Database& database, const alerts::Alert& alert);
platform::Result<std::vector<alerts::Alert>> read_alerts(platform::Database& database);
platform::Status forget_ended_alerts(platform::Database& database, core::WallTime before);

// An event as it waits; numbers ascend.
struct Notice {
    std::int64_t number = 0;
    alerts::CloudEvent event;
};
platform::Status add_notice(platform::Database& database, const alerts::CloudEvent& event);
// The oldest so many after a number.
platform::Result<std::vector<Notice>> read_notices(platform::Database& database, std::int64_t after, std::int64_t most);
platform::Status forget_notice(platform::Database& database, std::int64_t number);

}  // namespace noodstop::hub
