#include "agent/doors/uplink_session.hpp"

#include <algorithm>
#include <utility>

namespace noodstop::doors {
namespace {

// So many answers in a row may take nothing: the spool goes back to where the hub is, and perhaps once more.
constexpr std::uint32_t fruitless_max = 3;
constexpr std::uint32_t doublings_max = 20;

}  // namespace

UplinkSession::UplinkSession(UplinkTimes times, UplinkSizes sizes, Draw draw)
    : times_(times), most_(sizes), sizes_(sizes), draw_(std::move(draw)) {}

UplinkActions UplinkSession::enter(State state, core::Duration due_at, UplinkActions actions) {
    state_ = state;
    due_at_ = due_at;
    return actions;
}

UplinkActions UplinkSession::begin(core::Duration now) {
    status_.connected = false;
    return enter(State::connecting, now + times_.connect_deadline, {Dial{}});
}

UplinkActions UplinkSession::connected(core::Duration now) {
    if (state_ != State::connecting)
        return {};
    status_.connected = true;
    opening_ = true;
    fruitless_ = 0;
    return ask(now);
}

UplinkActions UplinkSession::disconnected(core::Duration now, std::string why) {
    return state_ == State::resting ? UplinkActions{} : rest(now, std::move(why));
}

UplinkActions UplinkSession::ask(core::Duration now) {
    news_ = false;
    return enter(State::asking, now + times_.spool_deadline, {AskSpool{opening_ ? UplinkSizes{0, 0, 0} : sizes_}});
}

UplinkActions UplinkSession::batch_came(core::Duration now, core::SpoolBatch batch) {
    if (state_ != State::asking)
        return {};
    const bool heartbeat_due = !pushed_at_ || now - *pushed_at_ >= times_.heartbeat_interval;
    if (!batch.empty() || opening_ || heartbeat_due)
        return push(now, std::move(batch));
    failures_ = 0;
    const core::Duration ask_at = now + (news_ ? times_.news_delay : times_.poll_interval);
    return enter(State::idle, std::min(ask_at, *pushed_at_ + times_.heartbeat_interval), {});
}

// The hub is told how things are all the same.
UplinkActions UplinkSession::no_batch(core::Duration now, std::string why) {
    if (state_ != State::asking)
        return {};
    status_.problem = std::move(why);
    if (!pushed_at_ || now - *pushed_at_ >= times_.heartbeat_interval)
        return push(now, {});
    return enter(State::idle, now + times_.poll_interval, {});
}

UplinkActions UplinkSession::push(core::Duration now, core::SpoolBatch batch) {
    const bool with_status = opening_ || !pushed_at_ || batch.empty() || now - *pushed_at_ >= times_.heartbeat_interval;
    if (with_status)
        pushed_at_ = now;
    out_ = batch.number;
    has_facts_out_ = !batch.facts.empty();
    has_samples_out_ = !batch.samples.empty();
    out_follows_ = {batch.facts.after, batch.samples.after};
    return enter(State::pushing, now + times_.answer_deadline, {PushBatch{std::move(batch), with_status}});
}

UplinkActions UplinkSession::answered(core::Duration now, const core::HubAnswer& answer) {
    if (state_ != State::pushing)
        return {};
    status_.answered_at = now;
    const bool has_entries_out = has_facts_out_ || has_samples_out_;
    const bool took_entries = (has_facts_out_ && answer.facts.taken) || (has_samples_out_ && answer.samples.taken);
    // What it took before and is out again, it did not take: the spool knows better.
    const bool moves = took_entries && out_follows_ != taken_follows_;
    fruitless_ = has_entries_out && !moves ? fruitless_ + 1 : 0;
    if (took_entries)
        taken_follows_ = out_follows_;
    if (moves) {
        status_.problem.clear();
        failures_ = 0;
        grow();
    }
    if (out_ == 0)
        return enter(State::idle, now + times_.poll_interval, {});
    return enter(State::handing_back, now + times_.spool_deadline, {HandBack{out_, answer}});
}

UplinkActions UplinkSession::handed_back(core::Duration now) {
    if (state_ != State::handing_back)
        return {};
    opening_ = false;
    if (fruitless_ > fruitless_max) {
        status_.problem = "the hub answers and takes nothing";
        return wait(now, std::nullopt);
    }
    return ask(now);
}

UplinkActions UplinkSession::refused(core::Duration now, PushRefusal refusal, std::string why,
                                     std::optional<core::Duration> retry_after) {
    if (state_ != State::pushing)
        return {};
    status_.problem = std::move(why);
    switch (refusal) {
        case PushRefusal::too_much:
            status_.answered_at = now;
            shrink();
            return wait(now, retry_after);
        case PushRefusal::wrong:
            shrink();
            return wait(now, std::max(retry_after.value_or(times_.back_off_max), times_.back_off_max));
        case PushRefusal::failed:
            break;
    }
    return rest(now, std::exchange(status_.problem, {}));
}

UplinkActions UplinkSession::news(core::Duration now) {
    news_ = true;
    if (state_ == State::idle)
        due_at_ = std::min(due_at_, now + times_.news_delay);
    return {};
}

UplinkActions UplinkSession::turn(core::Duration now) {
    if (now < due_at_)
        return {};
    switch (state_) {
        case State::resting:
            return begin(now);
        case State::connecting:
            return rest(now, "the hub can't be reached in time");
        case State::asking:
        case State::handing_back:
            return rest(now, "the spool does not answer");
        case State::pushing:
            return rest(now, "the hub does not answer in time");
        case State::idle:
        case State::waiting:
            return ask(now);
    }
    return {};
}

UplinkActions UplinkSession::rest(core::Duration now, std::string why) {
    status_.problem = std::move(why);
    status_.connected = false;
    return enter(State::resting, now + back_off(), {HangUp{}});
}

UplinkActions UplinkSession::wait(core::Duration now, std::optional<core::Duration> retry_after) {
    const core::Duration asked =
        std::clamp(retry_after.value_or(core::Duration{0}), core::Duration{0}, times_.retry_after_max);
    return enter(State::waiting, now + std::max(asked, back_off()), {});
}

// Doubles with each failure; half of it is random.
core::Duration UplinkSession::back_off() {
    const std::uint32_t doublings = std::min(failures_++, doublings_max);
    const core::Duration whole = std::min(times_.back_off_first * (std::int64_t{1} << doublings), times_.back_off_max);
    const auto half = static_cast<std::uint64_t>(std::max<std::int64_t>(whole.count() / 2, 1));
    return core::Duration{static_cast<std::int64_t>(half + draw_() % half)};
}

void UplinkSession::shrink() {
    for (std::uint32_t* size : {&sizes_.facts_max, &sizes_.counters_max, &sizes_.bytes_max})
        *size = std::max(*size / 2, std::uint32_t{1});
}

void UplinkSession::grow() {
    sizes_.facts_max = std::min(sizes_.facts_max * 2, most_.facts_max);
    sizes_.counters_max = std::min(sizes_.counters_max * 2, most_.counters_max);
    sizes_.bytes_max = std::min(sizes_.bytes_max * 2, most_.bytes_max);
}

}  // namespace noodstop::doors
