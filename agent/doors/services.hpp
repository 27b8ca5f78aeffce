// StatusService and ControlService: what is known here is answered at once, the rest is asked of the path. An owner
// from outside gets answers of his tenant only (tenant_view.hpp).
#pragma once

#include "agent/doors/fact_ring.hpp"
#include "agent/doors/path_client.hpp"
#include "platform/rpc/server.hpp"

#include <memory>
#include <optional>

namespace noodstop::doors {

class Services {
public:
    // `refused` is told of calls that are refused only when they have been read; may be empty.
    explicit Services(PathClient& path, std::function<void(const platform::RpcRefusal& refusal)> refused = {});
    ~Services();

    platform::ServiceTable table();  // its handlers refer to this object

    void snapshot_came(core::Snapshot snapshot);
    void facts_came(const std::vector<core::RecordedFact>& facts);
    // To be called every second: tells watchers when the path has fallen silent, and lets slow ones catch up.
    void beat();

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace noodstop::doors
