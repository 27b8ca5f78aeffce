#include "tests/uplink/oracle.hpp"

#include <algorithm>

namespace noodstop::sim {

void Oracle::recorded(std::uint64_t sequence, const std::string& name) {
    present_.line[sequence] = name;
    all_.insert(name);
}

void Oracle::sampled(std::uint64_t stamp, const Totals& counters) {
    present_.samples.emplace_back(stamp, counters);
    unsettled_ = stamp;
}

// The file in which a write failed is given up with the next one that succeeds.
void Oracle::settled(std::uint64_t stamp, bool durable) {
    unsettled_ = 0;
    if (!durable) {
        failed_.insert(stamp);
        return;
    }
    std::erase_if(present_.samples, [&](const auto& sample) { return failed_.contains(sample.first); });
    failed_.clear();
}

void Oracle::restarted(std::uint64_t last_sequence, std::uint64_t stamp) {
    const bool begins_anew = !present_.line.empty() && last_sequence > present_.line.rbegin()->first;
    const std::uint64_t sure_until = present_.lied ? 0 : present_.kept_until;
    if (begins_anew || present_.lied)
        for (auto fact = present_.line.upper_bound(sure_until); fact != present_.line.end(); ++fact)
            present_.doubtful.insert(fact->second);
    present_.ended_is_doubtful = present_.ended_is_doubtful || present_.lied;
    present_.lied = false;
    present_.line.erase(present_.line.upper_bound(last_sequence), present_.line.end());
    present_.kept_until = last_sequence;
    std::erase_if(present_.samples, [&](const auto& sample) { return sample.first > stamp; });
    if (!failed_.empty())
        failed_.insert(unsettled_);
    present_.doubtful_stamps.insert(failed_.begin(), failed_.upper_bound(stamp));
    unsettled_ = 0;
    failed_.clear();
}

void Oracle::restored(const Past& past) {
    present_ = past;
}

Totals Oracle::totals(Doubtful doubtful) const {
    Totals totals;
    for (const auto& [stamp, counters] : present_.samples) {
        if (doubtful == Doubtful::not_there && present_.doubtful_stamps.contains(stamp))
            continue;
        for (const auto& [name, value] : counters)
            totals[name] = value;
    }
    return totals;
}

}  // namespace noodstop::sim
