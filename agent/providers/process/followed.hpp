// The processes that were resources before: what was seen of them once and does not change. Shared by the look thread
// and the act thread.
#pragma once

#include "agent/core/units.hpp"
#include "agent/providers/process/selection.hpp"

#include <map>
#include <mutex>

namespace noodstop::providers {

class FollowedProcesses {
public:
    // When the process began, as wall time; computed once, so that it does not waver with the wall clock.
    core::WallTime created(const ProcessIdentity& identity);

    bool contains(const ProcessIdentity& identity) const;
    std::vector<ProcessIdentity> all() const;

    // Forgets all others; bounds the memory by what a look lists.
    void keep_only(const std::set<ProcessIdentity>& identities);

private:
    mutable std::mutex mutex_;
    std::map<ProcessIdentity, core::WallTime> created_;
};

}  // namespace noodstop::providers
