#include "tools/hub/take.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace noodstop::hub {
namespace {

using platform::Done;
using platform::Result;
using platform::Status;

std::string text_of(const std::optional<core::Position>& position) {
    return position ? fmt::format("{} of epoch {:x}", position->sequence, position->epoch) : "nothing";
}

}  // namespace

Result<std::uint64_t> Taking::held(core::Lane lane, std::uint64_t epoch) {
    const Result<std::optional<Held>> here = read_held(database_, {agent_.number, lane, epoch});
    if (!here)
        return here.error();
    return here.value() ? here.value()->sequence : 0;
}

Result<bool> Taking::is_here(core::Lane lane, const std::optional<core::Position>& position) {
    if (!position)
        return true;
    const Result<std::uint64_t> until = held(lane, position->epoch);
    if (!until)
        return until.error();
    return position->sequence <= until.value();
}

// The run becomes the newest that is here.
Status Taking::enter(core::Lane lane, const core::RunBounds& run) {
    (lane == core::Lane::facts ? agent_.fact_head : agent_.sample_head) = run.end();
    return raise_held(database_, {agent_.number, lane, run.epoch}, {run.last, 0});
}

Result<core::LaneAnswer> Taking::take(const core::FactRun& run) {
    const Result<bool> follows = is_here(core::Lane::facts, run.after);
    if (!follows)
        return follows.error();
    if (!follows.value() || run.empty())
        return core::LaneAnswer{follows.value(), agent_.fact_head};
    const Result<std::uint64_t> before = held(core::Lane::facts, run.epoch);
    if (!before)
        return before.error();
    if (const auto added = add_facts(database_, agent_.number, run.epoch, run.facts); !added)
        return added.error();
    for (const core::Gap& gap : run.gaps) {
        if (const Status told = add_gap(database_, agent_.number, run.epoch, gap); !told)
            return told.error();
    }
    if (run.last > before.value()) {
        if (const Status told = tell_where_it_goes_on(run, before.value()); !told)
            return told.error();
        if (const Status entered = enter(core::Lane::facts, run); !entered)
            return entered.error();
    }
    return core::LaneAnswer{true, agent_.fact_head};
}

// What is new follows either what is here of its epoch, or what the run follows. Is that the newest that is here?
Status Taking::tell_where_it_goes_on(const core::FactRun& run, std::uint64_t held_before) {
    std::optional<core::Position> from = run.after;
    if (held_before > 0)
        from = core::Position{run.epoch, held_before};
    else if (Status told = tell_what_never_came(run); !told)
        return told;
    if (!agent_.fact_head || from == agent_.fact_head)
        return Done{};
    if (!from)
        return note(EventKind::began_anew, fmt::format("facts begin anew at {} of epoch {:x}; here is {}",
                                                       run.facts.empty() ? run.last : run.facts.front().sequence,
                                                       run.epoch, text_of(agent_.fact_head)));
    return note(EventKind::diverged,
                fmt::format("facts go on from {}; here is {}", text_of(from), text_of(agent_.fact_head)));
}

// An epoch that begins says where the one before it ended; one that follows nothing knows of none. The agent once had
// more than came here.
Status Taking::tell_what_never_came(const core::FactRun& run) {
    const std::optional<core::Position>& last = run.after ? run.after : agent_.fact_head;
    if (!last || last->epoch == run.epoch)
        return Done{};
    const Result<std::optional<Held>> before = read_held(database_, {agent_.number, core::Lane::facts, last->epoch});
    if (!before)
        return before.error();
    const std::uint64_t here = before.value() ? std::max(before.value()->sequence, last->sequence) : 0;
    if (!before.value() || before.value()->claimed <= here)
        return Done{};
    const core::Gap gap{here + 1, before.value()->claimed, core::GapReason::missing};
    if (Status told = add_gap(database_, agent_.number, last->epoch, gap); !told)
        return told;
    return note(EventKind::lost,
                fmt::format("facts {} to {} of epoch {:x} never came, and the agent no longer has them", gap.first,
                            gap.last, last->epoch));
}

// Totals of two histories must not mix: only what goes on from the newest sample here is taken.
bool Taking::goes_on(const core::SampleRun& run) const {
    const std::optional<core::Position>& head = agent_.sample_head;
    return head && run.after && (run.epoch == head->epoch || run.after == head);
}

Status Taking::begin_line(const core::SampleRun& run) {
    const bool is_first = !agent_.sample_head;
    ++agent_.line;
    if (Status added = add_line(database_, agent_, run.line); !added)
        return added;
    if (Status forgotten = forget_held_samples(database_, agent_.number); !forgotten || is_first)
        return forgotten;
    return note(EventKind::totals_anew,
                fmt::format("with sample {} of epoch {:x}; here is {}", run.samples.front().sequence, run.epoch,
                            text_of(agent_.sample_head)));
}

// A run goes on, or begins, or is here already; of a line that is over nothing is taken any more.
Result<Taking::Welcome> Taking::welcome(const core::SampleRun& run) {
    const Result<std::uint64_t> here = held(core::Lane::samples, run.epoch);
    if (!here)
        return here.error();
    if (run.after && run.last <= here.value())
        return Welcome::is_here;
    if (run.after)
        return goes_on(run) ? Welcome::goes_on : Welcome::refused;
    const Result<std::optional<std::uint64_t>> known = find_line(database_, agent_, run.line);
    if (!known)
        return known.error();
    if (!known.value())
        return Welcome::begins;
    if (*known.value() != agent_.line)
        return Welcome::refused;
    // One telling is of one process, so its numbers ascend over its epochs: a late copy never takes totals back.
    return agent_.sample_head && run.last <= agent_.sample_head->sequence ? Welcome::is_here : Welcome::goes_on;
}

Result<core::LaneAnswer> Taking::take(const core::SampleRun& run) {
    const Result<bool> follows = is_here(core::Lane::samples, run.after);
    if (!follows)
        return follows.error();
    if (!follows.value() || run.empty())
        return core::LaneAnswer{follows.value(), agent_.sample_head};
    const Result<Welcome> how = welcome(run);
    if (!how)
        return how.error();
    if (how.value() == Welcome::refused || how.value() == Welcome::is_here)
        return core::LaneAnswer{how.value() == Welcome::is_here, agent_.sample_head};
    if (const Status line = how.value() == Welcome::begins ? begin_line(run) : Status(Done{}); !line)
        return line.error();
    const Status entered = enter_samples(run);
    return entered ? Result<core::LaneAnswer>({true, agent_.sample_head}) : Result<core::LaneAnswer>(entered.error());
}

Status Taking::enter_samples(const core::SampleRun& run) {
    const Result<std::uint64_t> here = held(core::Lane::samples, run.epoch);
    if (!here)
        return here.error();
    for (const core::Sample& sample : run.samples) {
        if (sample.sequence <= here.value())
            continue;
        if (Status set = set_totals(database_, agent_, sample.counters); !set)
            return set;
    }
    return enter(core::Lane::samples, run);
}

Status Taking::take_claims(const core::SpoolBatch& batch) {
    if (Status written = write_claims(database_, agent_.number, batch); !written)
        return written;
    for (const core::Lane lane : {core::Lane::facts, core::Lane::samples}) {
        const auto& newest = lane == core::Lane::facts ? batch.newest_fact : batch.newest_sample;
        if (!newest)
            continue;
        if (Status raised = raise_held(database_, {agent_.number, lane, newest->epoch}, {0, newest->sequence}); !raised)
            return raised;
    }
    return Done{};
}

Status Taking::note(EventKind kind, const std::string& text) {
    return add_event(database_, agent_.number, {{}, now_, kind, text});
}

}  // namespace noodstop::hub
