// What the providers for this machine's own load (cgroup, process) have in common: whom they never touch, and which
// figures are priced.
#pragma once

#include "agent/core/price_list.hpp"

#include <sys/types.h>

#include <vector>

namespace noodstop::providers {

// The agent's own processes. This process and pid 1 are always among them.
struct ProtectedPids {
    std::vector<pid_t> pids;
    // Its children are protected, too, and looked up each time: it restarts them. 0: none.
    pid_t supervisor = 0;
};

// Who must not be hit now.
std::vector<pid_t> protected_now(const ProtectedPids& agent);

// The metrics for which the list has a price that can match `sku` of these providers.
std::vector<core::Metric> priced_metrics(const core::PriceList& list, const std::string& sku);

inline constexpr const char* local_region = "local";

}  // namespace noodstop::providers
