// What the looks that reached the agent showed last, and what of it limits on counts and on what is allowed look at.
#pragma once

#include "agent/core/policy.hpp"
#include "tests/sim/check/rules.hpp"

#include <map>
#include <string>

namespace noodstop::sim {

using Readings = std::map<std::string, core::Reading>;

// Takes a look that is not absent: what a partial one doesn't list goes on.
inline void take(Readings& shown, const core::Look& look) {
    Readings newer;
    for (const core::Reading& reading : look.readings)
        newer[reading.id.text] = reading;
    if (look.quality == core::LookQuality::partial)
        newer.merge(shown);
    shown = std::move(newer);
}

inline std::int64_t weight(const core::Limit& limit, const Readings& shown) {
    std::int64_t sum = 0;
    for (const auto& [id, reading] : shown)
        if (reading.activity != core::Activity::stopped)
            sum += limit.counted == core::Counted::resources ? 1
                   : limit.counted == core::Counted::vcpus   ? reading.vcpus
                                                             : reading.gpus;
    return sum;
}

inline bool offends(const core::Limit& limit, const core::Reading& reading) {
    const auto contains = [](const std::vector<std::string>& allowed, const std::string& value) {
        return allowed.empty() || std::find(allowed.begin(), allowed.end(), value) != allowed.end();
    };
    return reading.activity != core::Activity::stopped &&
           (!contains(limit.regions, reading.region) || !contains(limit.skus, reading.sku));
}

inline bool offends(const core::Limit& limit, const Readings& shown) {
    return std::any_of(shown.begin(), shown.end(), [&](const auto& entry) { return offends(limit, entry.second); });
}

// What was agreed by name offends nobody.
inline std::int64_t offenders(const core::Limit& limit, const Readings& shown) {
    return std::count_if(shown.begin(), shown.end(), [&](const auto& entry) {
        return !is_named_by_mandate(entry.first) && offends(limit, entry.second);
    });
}

}  // namespace noodstop::sim
