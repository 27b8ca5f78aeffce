#include "tests/hub/agent/made_up_spool.hpp"

#include <algorithm>

namespace noodstop::test {
namespace {

constexpr core::WallTime first_moment{std::chrono::seconds(1'795'262'400)};

core::RecordedFact fact_number(std::uint64_t number) {
    core::RecordedFact recorded;
    recorded.sequence = number;
    recorded.fact.kind = core::FactKind::limit_warned;
    recorded.fact.wall = first_moment + std::chrono::seconds(number);
    recorded.fact.tenant = {"acme"};
    recorded.fact.zone = {"dev"};
    recorded.fact.fields = {{"number", std::to_string(number)}};
    return recorded;
}

core::Sample sample_number(std::uint64_t number) {
    core::Sample sample{number, first_moment + std::chrono::seconds(number), {}};
    core::Counter counter;
    counter.name = {core::CounterKind::zone_spend, {"acme"}, {"dev"}, {}, {}, {}, "EUR"};
    counter.value.micros = static_cast<std::int64_t>(number);
    counter.at = sample.at;
    sample.counters = {counter};
    return sample;
}

}  // namespace

core::RunBounds MadeUpSpool::bounds(std::uint64_t here, std::uint64_t most) const {
    core::RunBounds run;
    run.epoch = history_.epoch;
    if (here > 0)
        run.after = core::Position{history_.epoch, here};
    const std::uint64_t end = std::min(here + std::min(most, history_.batch_max), history_.entries);
    run.last = end > here ? end : 0;
    return run;
}

core::SpoolBatch MadeUpSpool::next(const doors::UplinkSizes& sizes) {
    core::SpoolBatch batch;
    batch.number = ++number_;
    static_cast<core::RunBounds&>(batch.facts) = bounds(facts_here_, sizes.facts_max);
    for (std::uint64_t number = facts_here_ + 1; number <= batch.facts.last; ++number)
        batch.facts.facts.push_back(fact_number(number));
    static_cast<core::RunBounds&>(batch.samples) = bounds(samples_here_, sizes.counters_max);
    batch.samples.line = samples_here_ == 0 ? history_.line : 0;
    for (std::uint64_t number = samples_here_ + 1; number <= batch.samples.last; ++number)
        batch.samples.samples.push_back(sample_number(number));
    batch.newest_fact = batch.newest_sample = core::Position{history_.epoch, history_.entries};
    return last_ = batch;
}

std::uint64_t MadeUpSpool::here_after(const core::LaneAnswer& answer, const core::RunBounds& run,
                                      std::uint64_t here) const {
    if (answer.taken)
        return std::max(here, run.last);
    return answer.head && answer.head->epoch == history_.epoch ? answer.head->sequence : 0;
}

void MadeUpSpool::answered(const core::HubAnswer& answer) {
    facts_here_ = here_after(answer.facts, last_.facts, facts_here_);
    samples_here_ = here_after(answer.samples, last_.samples, samples_here_);
}

}  // namespace noodstop::test
