// Carries out what the uplink session decides: dials the hub, asks the path for batches, pushes them, and hands back
// what the hub says. Tells the path when the hub is missing, and when it is back.
#pragma once

#include "agent/core/policy.hpp"
#include "agent/doors/exporters/uplink_readings.hpp"
#include "agent/doors/path_client.hpp"
#include "agent/doors/uplink_session.hpp"

#include <memory>

namespace noodstop::doors {

inline constexpr const char* hub_consumer = "hub";  // in the spool

struct UplinkTaskOptions {
    UplinkTimes times;
    UplinkSizes sizes;
    core::Duration reload_interval = std::chrono::minutes(1);  // of credentials; each dial reloads them too
    core::Duration beat_interval = std::chrono::seconds(1);    // how exactly a missing hub is noticed
};

class UplinkTask {
public:
    // The policy has an uplink.
    UplinkTask(boost::asio::io_context& io, PathClient& path, const core::AgentPolicy& policy,
               const UplinkTaskOptions& options = {});
    ~UplinkTask();
    UplinkTask(const UplinkTask&) = delete;
    UplinkTask& operator=(const UplinkTask&) = delete;

    void snapshot_came(const core::Snapshot& snapshot);
    void facts_came(const std::vector<core::RecordedFact>& facts);

    exporters::UplinkView view() const;

private:
    class Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace noodstop::doors
