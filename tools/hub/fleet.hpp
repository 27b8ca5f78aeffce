// The fleet as people ask for it: who is there, armed or not, what it costs at present, what waits at the agents and
// what was lost on the way.
//
// Who is connected and who counts as missing is not in the store: whoever asks adds it.
#pragma once

#include "proto/codec/hub_codec.hpp"
#include "tools/hub/store.hpp"

namespace noodstop::hub {

// Who looks. Owners see the agents with zones of their tenant, and of those what is their tenant's.
struct Viewer {
    std::optional<core::TenantName> tenant;  // none: an operator, who sees everything
    auto operator<=>(const Viewer&) const = default;
};

class Fleet {
public:
    explicit Fleet(Store& store) : store_(store) {}

    // By name. `now` is the hub's wall time.
    platform::Result<std::vector<codec::AgentSummary>> list(const Viewer& viewer, core::WallTime now);
    // ENOENT: there is none of this name for the viewer.
    platform::Result<codec::AgentDetail> agent(const std::string& id, const Viewer& viewer, core::WallTime now);

private:
    platform::Status add_history(codec::AgentDetail& detail, const Viewer& viewer);

    Store& store_;
};

}  // namespace noodstop::hub
