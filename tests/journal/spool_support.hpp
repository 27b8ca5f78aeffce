// What the tests of the spool share: a hub that keeps what it takes, counters with recognizable values.
#pragma once

#include "tests/journal/support.hpp"

#include <map>
#include <set>

namespace noodstop::journal::testing {

inline SpoolOptions followed_by_hub(std::uint64_t bytes_max = 64 << 20) {
    static std::uint64_t drawn = 1;
    SpoolOptions options;
    options.consumers = {{"hub", true, true, true}};
    options.bytes_max = bytes_max;
    options.free_bytes_min = 0;
    options.draw = [] { return drawn += 0x9E3779B97F4A7C15; };
    return options;
}

inline Store open_followed(const std::string& folder, SpoolOptions options = followed_by_hub()) {
    Store store = open_store(folder);
    must(store.follow(std::move(options)));
    return store;
}

inline core::CounterName machine(int number) {
    core::CounterName name;
    name.kind = core::CounterKind::resource_spend;
    name.provider.text = "lab";
    name.resource.text = fmt::format("machine/{}", number);
    name.currency = "EUR";
    return name;
}

// Counters of the machines first .. last, each with this value, in a batch without facts.
inline core::RecordBatch sample_batch(int first, int last, std::int64_t value, std::int64_t second) {
    core::RecordBatch batch;
    for (int number = first; number <= last; ++number)
        batch.counters.push_back({machine(number), {value}, std::nullopt, {std::chrono::seconds(second)}});
    return batch;
}

inline core::SpoolBatch next(Store& store, const BatchLimits& limits = {}, const std::string& consumer = "hub") {
    platform::Result<core::SpoolBatch> batch = store.next_batch(consumer, limits);
    REQUIRE_MESSAGE(batch.ok(), (batch ? "" : batch.error().message));
    return std::move(*batch);
}

// A hub that is honest and simple: it takes what follows what it has.
class HonestHub {
public:
    core::HubAnswer take(const core::SpoolBatch& batch) {
        return {take_lane(batch.facts, held_facts_, fact_head_,
                          [&] {
                              for (const core::RecordedFact& fact : batch.facts.facts)
                                  facts.insert({batch.facts.epoch, fact.sequence});
                          }),
                take_lane(batch.samples, held_samples_, sample_head_, [&] {
                    if (!batch.samples.after)
                        totals.clear();
                    for (const core::Sample& sample : batch.samples.samples)
                        for (const core::Counter& counter : sample.counters)
                            totals[counter.name] = counter.value.micros;
                })};
    }

    std::set<std::pair<std::uint64_t, std::uint64_t>> facts;
    std::map<core::CounterName, std::int64_t> totals;

private:
    using Held = std::map<std::uint64_t, std::uint64_t>;
    template <class Take>
    static core::LaneAnswer take_lane(const core::RunBounds& run, Held& held, std::optional<core::Position>& head,
                                      Take take) {
        const bool follows = !run.after || run.after->sequence <= held[run.after->epoch];
        if (follows && !run.empty()) {
            take();
            held[run.epoch] = std::max(held[run.epoch], run.last);
            head = run.end();
        }
        return {follows, head};
    }

    Held held_facts_;
    Held held_samples_;
    std::optional<core::Position> fact_head_;
    std::optional<core::Position> sample_head_;
};

// Until nothing is left; how many batches that took.
inline int drain(Store& store, HonestHub& hub, const BatchLimits& limits = {}) {
    for (int batches = 0;; ++batches) {
        REQUIRE(batches < 10'000);
        const core::SpoolBatch batch = next(store, limits);
        const platform::Result<bool> answered = store.answered("hub", batch.number, hub.take(batch));
        REQUIRE(answered.ok());
        if (batch.empty())
            return batches;
    }
}

// The next batch, acknowledged.
inline core::SpoolBatch take_some(Store& store, HonestHub& hub, const BatchLimits& limits = {}) {
    core::SpoolBatch batch = next(store, limits);
    REQUIRE(store.answered("hub", batch.number, hub.take(batch)).ok());
    return batch;
}

inline std::vector<core::FactKind> told(Store& store) {
    std::vector<core::FactKind> kinds;
    for (const core::Fact& fact : store.take_told())
        kinds.push_back(fact.kind);
    return kinds;
}

}  // namespace noodstop::journal::testing
