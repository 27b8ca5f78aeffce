#include "agent/providers/local.hpp"

#include "platform/process/process.hpp"

#include <algorithm>
#include <unistd.h>

namespace noodstop::providers {

std::vector<pid_t> protected_now(const ProtectedPids& agent) {
    std::vector<pid_t> pids = agent.pids;
    pids.push_back(1);
    pids.push_back(::getpid());
    if (agent.supervisor > 0) {
        pids.push_back(agent.supervisor);
        // A supervisor that has ended has no children, and a kernel without the list leaves us with the given pids.
        if (const auto children = platform::children_of(agent.supervisor))
            pids.insert(pids.end(), children->begin(), children->end());
    }
    std::sort(pids.begin(), pids.end());
    pids.erase(std::unique(pids.begin(), pids.end()), pids.end());
    return pids;
}

std::vector<core::Metric> priced_metrics(const core::PriceList& list, const std::string& sku) {
    std::vector<core::Metric> metrics;
    for (const core::Price& price : list.prices) {
        const bool matches =
            (price.sku == "*" || price.sku == sku) && (price.region == "*" || price.region == local_region);
        if (matches && std::find(metrics.begin(), metrics.end(), price.metric) == metrics.end())
            metrics.push_back(price.metric);
    }
    return metrics;
}

}  // namespace noodstop::providers
