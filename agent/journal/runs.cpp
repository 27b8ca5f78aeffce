#include "agent/journal/runs.hpp"

#include <algorithm>
#include <limits>

namespace noodstop::journal {
namespace {

using platform::Result;

constexpr std::uint64_t no_end = std::numeric_limits<std::int64_t>::max();

class FactRunBuilder {
public:
    FactRunBuilder(const FactsFound& found, const BatchLimits& limits, std::uint64_t next, std::uint64_t end)
        : found_(found), limits_(limits), next_(next), end_(end) {}

    // Fills the run up to the end of the epoch, to what is there, or to the limits.
    void build(core::FactRun& run) {
        for (const core::RecordedFact& fact : found_.facts) {
            if (fact.sequence > end_ || is_full(fact))
                break;
            close_gap(run, fact.sequence);
            bytes_ += size_of(fact.fact);
            run.facts.push_back(fact);
            next_ = fact.sequence + 1;
        }
        const bool at_end = found_.all || (!found_.facts.empty() && found_.facts.back().sequence > end_);
        if (!full_ && at_end)
            close_gap(run, end_ + 1);
        run.last = run.facts.empty() && run.gaps.empty() ? 0 : next_ - 1;
    }

private:
    bool is_full(const core::RecordedFact& fact) {
        full_ = bytes_ > 0 && bytes_ + size_of(fact.fact) > limits_.bytes_max;
        return full_;
    }

    void close_gap(core::FactRun& run, std::uint64_t until) {
        if (next_ < until)
            run.gaps.push_back({next_, until - 1, reason(until)});
        next_ = std::max(next_, until);
    }

    core::GapReason reason(std::uint64_t until) const {
        const bool damaged = std::any_of(found_.damaged.begin(), found_.damaged.end(),
                                         [&](std::uint64_t number) { return number >= next_ && number < until; });
        return damaged ? core::GapReason::damaged : core::GapReason::missing;
    }

    const FactsFound& found_;
    const BatchLimits& limits_;
    std::uint64_t next_;
    std::uint64_t end_;
    std::size_t bytes_ = 0;
    bool full_ = false;
};

core::Sample totals_of(const SeriesRead& read) {
    core::Sample totals;
    totals.sequence = read.through;
    for (const Series& series : read.series) {
        totals.at = std::max(totals.at, series.counter.at);
        totals.counters.push_back(series.counter);
    }
    return totals;
}

// What comes next after a number: the totals that changed last before the next sample that is kept, or that sample.
Result<core::Sample> read_next(Database& database, std::uint64_t after, std::uint64_t& damaged) {
    Result<SampleRead> kept = read_sample(database, after);
    if (!kept)
        return kept.error();
    const std::uint64_t before = kept->sample ? kept->sample->sequence : no_end;
    const Result<SeriesRead> totals = read_series(database, after, before, counters_per_sample_max);
    if (!totals)
        return totals.error();
    damaged += kept->damaged + totals->damaged;
    if (totals->through > 0)
        return totals_of(*totals);
    return kept->sample ? std::move(*kept->sample) : core::Sample{};
}

std::size_t size_of(const core::Sample& sample) {
    std::size_t bytes = 0;
    for (const core::Counter& counter : sample.counters)
        bytes += journal::size_of(counter);
    return bytes;
}

}  // namespace

std::size_t size_of(const core::Fact& fact) {
    std::size_t bytes = 64 + fact.tenant.text.size() + fact.zone.text.size() + fact.provider.text.size() +
                        fact.resource.text.size() + fact.limit.text.size();
    for (const core::FactField& field : fact.fields)
        bytes += 8 + field.name.size() + field.value.size();
    return bytes;
}

std::size_t size_of(const core::Counter& counter) {
    const core::CounterName& name = counter.name;
    return 48 + name.tenant.text.size() + name.zone.text.size() + name.limit.text.size() + name.provider.text.size() +
           name.resource.text.size() + name.currency.size();
}

Result<core::FactRun> read_fact_run(const Line& line, const FactSource& source, const FactsWanted& wanted) {
    core::FactRun run;
    run.after = line.position(core::Lane::facts, wanted.after);
    std::uint64_t next = std::max(wanted.after + 1, line.first_known(core::Lane::facts));
    if (next > wanted.newest || wanted.limits.facts_max == 0)
        return run;
    const Result<FactsFound> found = source(next - 1, wanted.limits.facts_max);
    if (!found)
        return found.error();
    // Where nothing precedes, nobody misses what is gone.
    if (!run.after && found->facts.empty())
        return run;
    if (!run.after)
        next = found->facts.front().sequence;
    const std::optional<core::Position> position = line.position(core::Lane::facts, next);
    if (!position)
        return run;
    run.epoch = position->epoch;
    const std::uint64_t end = std::min(line.end_of_epoch(core::Lane::facts, next), wanted.newest);
    FactRunBuilder(*found, wanted.limits, next, end).build(run);
    return run;
}

Result<SamplesFound> read_sample_run(Database& database, const Line& line, const SamplesWanted& wanted) {
    SamplesFound found;
    core::SampleRun& run = found.run;
    run.after = line.position(core::Lane::samples, wanted.after);
    std::uint64_t after = std::max(wanted.after, line.first_known(core::Lane::samples) - 1);
    for (std::size_t counters = 0, bytes = 0; counters < wanted.limits.counters_max;) {
        Result<core::Sample> next = read_next(database, after, found.damaged);
        if (!next)
            return next.error();
        const std::optional<core::Position> position = line.position(core::Lane::samples, next->sequence);
        if (next->sequence == 0 || !position)
            break;
        bytes += size_of(*next);
        if (!run.empty() && (bytes > wanted.limits.bytes_max || position->epoch != run.epoch))
            break;
        counters += next->counters.size() + 1;
        run.epoch = position->epoch;
        run.last = after = next->sequence;
        run.samples.push_back(std::move(*next));
    }
    return found;
}

}  // namespace noodstop::journal
