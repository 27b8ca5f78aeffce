#include "agent/doors/exporters/counter_board.hpp"

namespace noodstop::exporters {
namespace {

bool is_of_resource(const core::CounterName& name) {
    return name.kind == core::CounterKind::resource_spend;
}

}  // namespace

void CounterBoard::take(const core::SampleRun& run) {
    for (const core::Sample& sample : run.samples)
        for (const core::Counter& counter : sample.counters)
            take(counter);
}

void CounterBoard::take(const core::Counter& counter) {
    const auto found = counters_.find(counter.name);
    if (found == counters_.end()) {
        if (counters_.size() >= board_counters_max) {
            dropped_count_ += 1;
            return;
        }
        const auto added = counters_.emplace(counter.name, Held{counter, {}}).first;
        if (is_of_resource(added->first))
            of_resources_.emplace(Resource{counter.name.provider, counter.name.resource}, added);
        return;
    }
    Held& held = found->second;
    if (counter.at < held.counter.at)
        return;
    held.counter = counter;
    // Something of that name is there again.
    if (held.gone_at && counter.at > *held.gone_at)
        held.gone_at.reset();
}

void CounterBoard::take(const core::Fact& fact) {
    if (fact.kind != core::FactKind::resource_gone)
        return;
    const auto [begin, end] = of_resources_.equal_range({fact.provider, fact.resource});
    for (auto entry = begin; entry != end; ++entry)
        if (Held& held = entry->second->second; held.counter.at <= fact.wall)
            held.gone_at = fact.wall;
}

void CounterBoard::forget_gone(core::WallTime by) {
    const auto is_forgotten = [&](const auto& entry) {
        return entry.second.gone_at && *entry.second.gone_at + end_told_for <= by;
    };
    std::erase_if(of_resources_, [&](const auto& entry) { return is_forgotten(*entry.second); });
    std::erase_if(counters_, is_forgotten);
}

std::vector<Reading> CounterBoard::present() const {
    std::vector<Reading> readings;
    for (const auto& [name, held] : counters_)
        if (!held.gone_at)
            readings.push_back(reading_of(held.counter));
    return readings;
}

std::vector<Reading> CounterBoard::repeated(core::WallTime at) {
    std::vector<Reading> readings;
    forget_gone(at);
    for (const auto& [name, held] : counters_) {
        if (held.counter.at >= at)
            continue;
        readings.push_back(reading_of(held.counter));
        readings.back().at = at;
        readings.back().ended = held.gone_at && *held.gone_at <= at;
    }
    return readings;
}

}  // namespace noodstop::exporters
