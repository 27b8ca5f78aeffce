#include "agent/doors/refusal_tally.hpp"

#include <algorithm>
#include <utility>

namespace noodstop::doors {

std::optional<RefusalReport> RefusalTally::add(RefusedCall call, Time now) {
    if (untold_.empty() && others_ == 0 && told_at_once_ == 0)
        interval_began_ = now;
    const auto known = untold_.find(call);
    if (known != untold_.end()) {
        ++known->second;
        return std::nullopt;
    }
    if (untold_.size() >= kinds_max) {
        ++others_;
        return std::nullopt;
    }
    const bool is_told = told_at_once_ < told_at_once_max;
    told_at_once_ += is_told ? 1 : 0;
    untold_.emplace(call, is_told ? 0 : 1);
    return is_told ? std::optional(RefusalReport{std::move(call), 1}) : std::nullopt;
}

std::vector<RefusalReport> RefusalTally::due(Time now) {
    if (now - interval_began_ < summary_interval)
        return {};
    interval_began_ = now;
    told_at_once_ = 0;
    std::vector<RefusalReport> reports = summary();
    // What was silent for a whole interval is forgotten: the next of its kind is a first one again.
    std::erase_if(untold_, [](const auto& entry) { return entry.second == 0; });
    for (auto& [call, count] : untold_)
        count = 0;
    others_ = 0;
    return reports;
}

std::vector<RefusalReport> RefusalTally::summary() {
    std::vector<RefusalReport> reports;
    for (const auto& [call, count] : untold_)
        if (count > 0)
            reports.push_back({call, count});
    std::stable_sort(reports.begin(), reports.end(),
                     [](const RefusalReport& left, const RefusalReport& right) { return left.count > right.count; });
    std::uint64_t together = others_;
    while (reports.size() > summaries_max) {
        together += reports.back().count;
        reports.pop_back();
    }
    if (together > 0)
        reports.push_back({{"several", "", "several"}, together});
    return reports;
}

}  // namespace noodstop::doors
