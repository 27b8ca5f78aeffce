// Everything of the doors process that tells others of this agent: the uplink, the exporters and the page of metrics,
// as far as the policy wants them.
#pragma once

#include "agent/doors/metrics_page.hpp"

#include <optional>

namespace noodstop::doors {

// The socket of the page, while sockets may still be made. An error names address and port.
platform::Result<platform::FileDescriptor> listen_for_scrapers(const core::MetricsPolicy& policy);

class Outbound {
public:
    // Without a valid listener there is no page.
    Outbound(boost::asio::io_context& io, PathClient& path, const core::AgentPolicy& policy,
             platform::FileDescriptor metrics_listener);

    void snapshot_came(const core::Snapshot& snapshot);
    void facts_came(const std::vector<core::RecordedFact>& facts);

private:
    std::optional<UplinkTask> uplink_;
    ExporterTasks exporters_;
    std::optional<MetricsPage> page_;
};

}  // namespace noodstop::doors
