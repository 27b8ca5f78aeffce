#include "tools/hub/intake.hpp"

#include <fmt/format.h>

#include <cerrno>

namespace noodstop::hub {
namespace {

constexpr std::uint64_t epoch_max = std::uint64_t{1} << 63;

bool is_plausible(const std::optional<core::Position>& position) {
    return !position || (position->epoch < epoch_max && position->sequence > 0 && position->sequence < number_max);
}

std::string fault_in_bounds(const core::RunBounds& run) {
    if (!is_plausible(run.after) || run.epoch >= epoch_max || run.last >= number_max)
        return "a number is out of its range";
    if (!run.empty() && run.after && run.last <= run.after->sequence)
        return "a run ends before it begins";
    return {};
}

// Facts and gaps must cover every number, each once, in order.
std::string fault_in_run(const core::FactRun& run) {
    if (run.empty())
        return run.facts.empty() && run.gaps.empty() ? "" : "a run of facts does not say where it ends";
    std::uint64_t next = run.after ? run.after->sequence + 1 : 0;
    auto gap = run.gaps.begin();
    const auto cover_by_gap = [&] {
        while (gap != run.gaps.end() && (next == 0 || gap->first == next) && gap->last >= gap->first)
            next = (gap++)->last + 1;
    };
    for (const core::RecordedFact& fact : run.facts) {
        if (next == 0 && (gap == run.gaps.end() || gap->first > fact.sequence))
            next = fact.sequence;
        cover_by_gap();
        if (fact.sequence != next)
            return fmt::format("fact {} comes where {} is expected", fact.sequence, next);
        ++next;
    }
    cover_by_gap();
    return gap == run.gaps.end() && next == run.last + 1 ? "" : "facts and gaps do not cover their run";
}

std::string fault_in_run(const core::SampleRun& run) {
    std::uint64_t before = run.after ? run.after->sequence : 0;
    if (run.line >= epoch_max)
        return "a number is out of its range";
    for (const core::Sample& sample : run.samples) {
        if (sample.sequence <= before)
            return fmt::format("sample {} comes after {}", sample.sequence, before);
        before = sample.sequence;
    }
    if (run.empty() != run.samples.empty() || (!run.empty() && before != run.last))
        return "a run of samples does not end where it says";
    return {};
}

std::size_t count_counters(const core::SampleRun& run) {
    std::size_t count = run.samples.size();
    for (const core::Sample& sample : run.samples)
        count += sample.counters.size();
    return count;
}

Refusal refusal_for(const platform::Error& error) {
    if (error.number == EDQUOT || error.number == ENOSPC)
        return {RefusalKind::exhausted, error.message, busy_delay};
    return {RefusalKind::unavailable, error.message, busy_delay};
}

}  // namespace

std::string fault_in(const codec::Push& push) {
    const core::SpoolBatch& batch = push.batch;
    if (!is_plausible(batch.newest_fact) || !is_plausible(batch.newest_sample))
        return "a position is out of its range";
    if (batch.facts.facts.size() + batch.facts.gaps.size() > facts_of_a_push_max ||
        count_counters(batch.samples) > counters_of_a_push_max)
        return "there is too much in one push";
    for (const core::RunBounds* bounds : {&batch.facts.bounds(), &batch.samples.bounds()})
        if (std::string fault = fault_in_bounds(*bounds); !fault.empty())
            return fault;
    const std::string fault = fault_in_run(batch.facts);
    return fault.empty() ? fault_in_run(batch.samples) : fault;
}

platform::Status Intake::revive(core::WallTime now) {
    // A clock that was put back makes nobody wait.
    if (revived_at_ && now >= *revived_at_ && now - *revived_at_ < revive_interval)
        return platform::Error{EIO, "the disk fails"};
    revived_at_ = now;
    return store_.revive();
}

IntakeAnswer Intake::take(const codec::Push& push, core::WallTime now, const Store::WithPush& with) {
    if (std::string fault = fault_in(push); !fault.empty())
        return Refusal{RefusalKind::invalid, std::move(fault), core::Duration{0}};
    if (store_.dead()) {
        if (const platform::Status revived = revive(now); !revived)
            return refusal_for(revived.error());
    }
    const platform::Result<core::HubAnswer> answer = store_.take(push, now, with);
    if (!answer)
        return refusal_for(answer.error());
    return answer.value();
}

}  // namespace noodstop::hub
