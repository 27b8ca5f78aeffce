#include "agent/doors/exporters/counter_board.hpp"

namespace noodstop::exporters {

void CounterBoard::take(const core::SampleRun& run) {
    for (const core::Sample& sample : run.samples)
        for (const core::Counter& counter : sample.counters)
            take(counter);
}

void CounterBoard::take(const core::Counter& counter) {
    const auto found = counters_.find(counter.name);
    if (found == counters_.end()) {
        if (counters_.size() < board_counters_max)
            counters_.emplace(counter.name, Held{counter, {}});
        else
            dropped_count_ += 1;
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
    for (auto& [name, held] : counters_)
        if (name.kind == core::CounterKind::resource_spend && name.provider == fact.provider &&
            name.resource == fact.resource && held.counter.at <= fact.wall)
            held.gone_at = fact.wall;
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
    std::erase_if(counters_, [&](const auto& entry) {
        return entry.second.gone_at && *entry.second.gone_at + end_told_for <= at;
    });
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
