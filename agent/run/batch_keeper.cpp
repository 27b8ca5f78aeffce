#include "agent/run/batch_keeper.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace noodstop::run {
namespace {

template <class T>
void append(std::vector<T>& to, std::vector<T>&& from) {
    to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
    from.clear();
}

void append(Released& to, Released&& from) {
    append(to.steps, std::move(from.steps));
    append(to.replies, std::move(from.replies));
}

void replace_latch(std::vector<core::Latch>& latches, core::Latch latch) {
    const auto same = std::find_if(latches.begin(), latches.end(),
                                   [&](const core::Latch& other) { return other.zone == latch.zone; });
    if (same == latches.end())
        latches.push_back(std::move(latch));
    else if (latch.version >= same->version)
        *same = std::move(latch);
}

// What a person must know at once, or what decides after a crash, doesn't wait for company.
bool is_pressing(const core::Effects& effects) {
    return !effects.steps.empty() || !effects.latches.empty() || !effects.replies.empty() ||
           std::any_of(effects.facts.begin(), effects.facts.end(),
                       [](const core::Fact& fact) { return core::is_alert(fact.kind); });
}

}  // namespace

std::vector<core::RecordedFact> BatchKeeper::add(core::Effects& effects, core::Duration now, core::Duration deadline) {
    std::vector<core::RecordedFact> recorded;
    if (waiting_.batch.empty())
        waiting_.since = now;
    waiting_.pressing = waiting_.pressing || is_pressing(effects);
    for (core::Fact& fact : effects.facts) {
        if (facts_kept() >= facts_waiting_max && !core::is_never_summarized(fact.kind)) {
            ++summarized_[fact.kind];
            continue;
        }
        recorded.push_back({++last_sequence_, std::move(fact)});
        waiting_.batch.facts.push_back(recorded.back());
    }
    for (auto& [key, value] : effects.state)
        waiting_.batch.state.insert_or_assign(key, std::move(value));
    for (core::Latch& latch : effects.latches)
        replace_latch(waiting_.batch.latches, std::move(latch));
    hold(effects, now, deadline);
    return recorded;
}

bool BatchKeeper::ready(core::Duration now) const {
    if (!sending_possible(now))
        return false;
    if (failed_)
        return true;
    return !waiting_.batch.empty() && (waiting_.pressing || now - waiting_.since >= fact_wait_max);
}

std::map<core::FactKind, std::uint64_t> BatchKeeper::take_summarized() {
    return std::exchange(summarized_, {});
}

core::RecordBatch BatchKeeper::send(core::Duration now) {
    waiting_.batch.number = ++last_batch_;
    waiting_.batch.urgent = !waiting_.held.empty();
    waiting_.since = now;
    in_flight_ = std::exchange(waiting_, {});
    core::RecordBatch batch = in_flight_->batch;
    in_flight_->batch.state.clear();  // after a failure all state is sent again
    return batch;
}

core::RecordBatch BatchKeeper::send(core::Duration now, core::StatePieces whole_state) {
    waiting_.batch.state = std::move(whole_state);
    return send(now);
}

void BatchKeeper::persisted(std::uint64_t batch_number, bool ok, core::Duration now) {
    if (!in_flight_ || in_flight_->batch.number != batch_number)
        return;
    if (!ok) {
        take_back_in_flight();
        failed_ = true;
        retry_at_ = now + retry_delay_;
        retry_delay_ = std::clamp(retry_delay_ * 2, persist_retry_first, persist_retry_max);
        return;
    }
    for (Held& held : in_flight_->held)
        append(released_, std::move(held.content));
    in_flight_.reset();
    failed_ = false;
    retry_delay_ = core::Duration{0};
}

Released BatchKeeper::release(core::Duration now) {
    if (in_flight_)
        release_late(*in_flight_, now, persist_patience);
    if (!waiting_.batch.empty())
        release_late(waiting_, now, fact_wait_max + persist_patience);
    return std::exchange(released_, {});
}

bool BatchKeeper::durable() const {
    return !failed_ && !waiting_.late && !(in_flight_ && in_flight_->late);
}

core::Duration BatchKeeper::next_within(core::Duration now) const {
    core::Duration next_at = core::Duration::max();
    const auto consider = [&](core::Duration at) { next_at = std::min(next_at, at); };
    const auto consider_kept = [&](const Kept& kept, core::Duration patience) {
        for (const Held& held : kept.held)
            consider(held.release_at);
        if (!kept.late)
            consider(kept.since + patience);
    };
    if (in_flight_)
        consider_kept(*in_flight_, persist_patience);
    if (!waiting_.batch.empty())
        consider_kept(waiting_, fact_wait_max + persist_patience);
    if (!in_flight_ && failed_)
        consider(retry_at_);
    else if (!in_flight_ && !waiting_.batch.empty())
        consider(waiting_.pressing ? now : waiting_.since + fact_wait_max);
    return next_at == core::Duration::max() ? next_at : std::max(next_at - now, core::Duration{0});
}

// Steps without anything to wait for (their intent is durable) go at once.
void BatchKeeper::hold(core::Effects& effects, core::Duration now, core::Duration deadline) {
    Held held{{std::move(effects.steps), std::move(effects.replies)}, now + deadline};
    effects.steps.clear();
    effects.replies.clear();
    if (held.content.steps.empty() && held.content.replies.empty())
        return;
    if (!waiting_.batch.empty())
        waiting_.held.push_back(std::move(held));
    else if (in_flight_)
        in_flight_->held.push_back(std::move(held));
    else
        append(released_, std::move(held.content));
}

// The failed batch goes in front of what came after it, with everything it held, so that no number is lost.
void BatchKeeper::take_back_in_flight() {
    Kept failed = std::move(*in_flight_);
    in_flight_.reset();
    append(failed.batch.facts, std::move(waiting_.batch.facts));
    for (core::Latch& latch : waiting_.batch.latches)
        replace_latch(failed.batch.latches, std::move(latch));
    append(failed.held, std::move(waiting_.held));
    failed.late = failed.late || waiting_.late;
    failed.pressing = true;
    waiting_ = std::move(failed);
}

void BatchKeeper::release_late(Kept& kept, core::Duration now, core::Duration patience) {
    for (Held& held : kept.held) {
        if (held.release_at > now)
            continue;
        append(released_, std::move(held.content));
        kept.late = true;
    }
    std::erase_if(kept.held, [&](const Held& held) { return held.release_at <= now; });
    kept.late = kept.late || now - kept.since >= patience;
}

std::size_t BatchKeeper::facts_kept() const {
    return waiting_.batch.facts.size() + (in_flight_ ? in_flight_->batch.facts.size() : 0);
}

}  // namespace noodstop::run
