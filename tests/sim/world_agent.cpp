// The agent as a process on its machine: started, turned, killed, with a disk that takes time and clouds far away.
#include "agent/journal/latch_file.hpp"
#include "tests/sim/draw_policy.hpp"
#include "tests/sim/world.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace noodstop::sim {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr const char* state_folder = "/state";
constexpr Duration turn_gap{200};  // as the loop's
constexpr Duration latch_retry_first = milliseconds(100);
constexpr Duration latch_retry_max = seconds(5);
constexpr std::uint32_t facts_read_max = 100'000;

std::string told(const core::StepOrder& step) {
    return std::string(core::to_text(step.lever)) + " of " + step.provider.text + "/" + step.resource.text;
}

}  // namespace

void World::start_agent() {
    disk_.power_on();
    disk_.set_wall_seconds(machine_wall().since_epoch.count() / 1'000'000);
    tell("the agent starts");
    run::JournalOpened opened = run::open_journal(state_folder);
    if (mind_cut())
        return;
    disk_was_unreadable_ = !opened.store;
    excuses_.disk_forgets = excuses_.disk_forgets || disk_was_unreadable_;
    for (const std::string& problem : opened.recovered.problems)
        tell("  found: " + problem);
    window_time_.agent_started(opened.recovered.state.contains("engine"));
    witness([&](Checker& checker) { checker.started(opened.recovered); });
    const std::uint64_t last_sequence = opened.recovered.last_sequence;
    stepped_to_.reset();
    cycle_.emplace(core::Engine(configuration_, opened.recovered), last_sequence);
    shelf_.emplace(state_folder, std::move(opened.store), last_sequence,
                   plan_.followed ? followers() : journal::SpoolOptions{});
    read_journal();
    cycle_->collect(calendar_around(machine_wall()));
    wake();
}

void World::end_agent(Ending ending, Duration back_after) {
    tell(ending == Ending::power_loss ? "power is lost" : "the agent ends");
    ++process_;
    ++ends_;
    cycle_.reset();
    if (ending == Ending::power_loss) {
        disk_.power_cut(plan_.compared ? random_of_disk_ : random_);
        // Not before the power was lost: time since boot is never more than the machine was off.
        clocks_.boot(now() + std::max(Duration{0}, back_after - seconds(5)));
    } else if (ending == Ending::process_death) {
        disk_.process_death();
    }
    shelf_.reset();
    if (ending == Ending::orderly)
        disk_.process_death();
    turn_at_.reset();
    latches_waiting_.clear();
    latches_are_written_ = false;
    orders_.clear();
    whole_batches_.clear();
    reckoning_.agent_ended(ending == Ending::orderly);
    window_time_.agent_ended();
    freeze_until(Duration{0});
    witness([&](Checker& checker) { checker.ended(ending); });
    if (quiet_)  // everything gets as long as it had been promised, from here on
        end_at_ = now() + back_after + plan_.end_at - plan_.quiet_at;
    clockwork_.in(back_after, [this] {
        if (before_power_on_)
            std::exchange(before_power_on_, nullptr)();
        start_agent();
    });
}

// The disk stopped in the middle of an operation: that was the end of the process, or of the power.
bool World::mind_cut() {
    if (!disk_.is_cut())
        return false;
    const bool power = random_.chance(600);
    end_agent(power ? Ending::power_loss : Ending::process_death, power ? seconds(9) : seconds(1));
    return true;
}

// A turn that only publishes takes no notice of the time.
void World::follow_clocks(const core::ClockReading& clock) {
    if (stepped_to_ == cycle_->engine().now())
        return;
    stepped_to_ = cycle_->engine().now();
    const core::WallTime trusted_before = window_time_.trusted_since();
    window_time_.read(clock, true_wall());
    if (window_time_.trusted_since() != trusted_before)
        reckoning_.time_moved(now(), clocks_.booted_at(), window_time_.moved(), window_time_.moved_short());
    excuses_.clock_wrong = !window_time_.is_right();
}

void World::later(Duration delay, std::function<void()> what) {
    clockwork_.in(delay, [this, process = process_, what = std::move(what)] {
        if (process != process_ || !cycle_)
            return;
        if (frozen())  // none of its threads runs
            return later(until_quiet(frozen_until_), what);
        what();
        if (process == process_)
            wake();
    });
}

// How long to wait for a moment that the quiet end brings at once.
Duration World::until_quiet(Duration moment) const {
    return (quiet_ ? moment : std::min(moment, plan_.quiet_at)) - now();
}

void World::wake() {
    turn_by(std::max(now(), frozen_until_));
}

void World::turn_by(Duration moment) {
    if (turn_at_ && *turn_at_ <= moment)
        return;
    turn_at_ = moment;
    clockwork_.at(moment, [this, moment, process = process_] {
        if (process != process_ || turn_at_ != moment)
            return;
        turn_at_.reset();
        if (frozen())
            wake();
        else
            turn();
    });
}

void World::turn() {
    if (!cycle_ || step_and_maybe_crash())
        return;
    const std::uint64_t process = process_;
    const core::ClockReading clock = clocks_.read(now());
    std::vector<run::Action> actions = cycle_->turn(clock);
    follow_clocks(clock);
    for (run::Action& action : actions) {
        if (step_and_maybe_crash())
            return;
        carry_out(action);
        if (process != process_)
            return;
    }
    if (cycle_->engine().wants_calendar())
        later(milliseconds(1), [this] { cycle_->collect(calendar_around(cycle_->engine().window_time())); });
    turn_by(now() + std::max(cycle_->next_turn_within(), turn_gap));
}

bool World::step_and_maybe_crash() {
    if (++steps_ != plan_.crash_at_step)
        return false;
    const bool power = plan_.crash_takes_power;
    end_agent(power ? Ending::power_loss : Ending::process_death, power ? seconds(9) : milliseconds(500));
    return true;
}

void World::carry_out(run::Action& action) {
    mix(action.index());
    std::visit([this](auto& one) { do_one(one); }, action);
}

void World::do_one(run::KeepLatch& action) {
    witness([&](Checker& checker) { checker.latch_sent(action.latch); });
    core::Latch& place = latches_waiting_[action.latch.zone];
    if (action.latch.version >= place.version)
        place = std::move(action.latch);
    take_latches();
}

// By a thread of their own, which may be slower than the journal's: what it took may be old when it comes to the disk.
void World::take_latches() {
    if (latches_are_written_ || latches_waiting_.empty())
        return;
    latches_are_written_ = true;
    const Duration takes = Duration{random_.between(0, disk_delay_.count() * 3)};
    later(takes, [this, taken = std::exchange(latches_waiting_, {})] { write_latches(taken); });
}

void World::write_latches(std::map<core::ZoneName, core::Latch> taken) {
    if (disk_hangs_until_ > now())
        return later(until_quiet(disk_hangs_until_), [this, taken] { write_latches(taken); });
    bool failed = false;
    for (const auto& [zone, latch] : taken) {
        const platform::Status written = journal::write_latch(state_folder, latch);
        if (mind_cut())
            return;
        witness([&, &latch = latch](Checker& checker) { checker.latch_kept(latch, written.ok()); });
        if (written || written.error().number == EEXIST)
            continue;
        failed = true;
        latches_waiting_.try_emplace(zone, latch);  // a newer one waits in its place
    }
    latches_are_written_ = false;
    latch_retry_ = failed ? std::clamp(latch_retry_ * 2, latch_retry_first, latch_retry_max) : Duration{0};
    if (!latches_waiting_.empty())
        later(latch_retry_, [this] { take_latches(); });
}

void World::do_one(run::Persist& action) {
    witness([&](Checker& checker) { checker.persist_sent(action.batch, action.whole_state); });
    window_time_.persist_sent(action.batch.number);
    if (action.whole_state)
        whole_batches_.insert(action.batch.number);
    reckoning_.persist_sent(action.whole_state);
    const Duration delay = disk_delay_ + Duration{random_.between(0, disk_delay_.count())};
    clockwork_.in(delay, [this, process = process_, persist = std::move(action)]() mutable {
        if (process == process_ && cycle_)
            write_batch(std::move(persist));
    });
}

void World::write_batch(run::Persist persist) {
    const Duration wait = until_quiet(std::max(disk_hangs_until_, frozen_until_));
    if (wait > Duration{0}) {
        clockwork_.in(wait, [this, process = process_, persist = std::move(persist)]() mutable {
            if (process == process_ && cycle_)
                write_batch(std::move(persist));
        });
        return;
    }
    disk_.set_wall_seconds(machine_wall().since_epoch.count() / 1'000'000);
    const platform::Status written = shelf_->write(persist);
    if (mind_cut())
        return;
    if (!written)
        tell("the disk refuses batch " + std::to_string(persist.batch.number) + ": " + written.error().message);
    if (story_ != nullptr && written && !persist.batch.state.empty())
        tell("  batch " + std::to_string(persist.batch.number) + " is durable, with " +
             (whole_batches_.contains(persist.batch.number) ? "all state" : "some state"));
    if (written) {
        reckoning_.persisted(whole_batches_.contains(persist.batch.number));
        window_time_.persisted(persist.batch.number);
    }
    witness([&](Checker& checker) { checker.persist_answered(persist.batch, written.ok()); });
    if (auto latches = shelf_->take_found_latches(); !latches.empty())
        cycle_->collect(core::LatchesFound{std::move(latches)});
    cycle_->persisted(persist.batch.number, written.ok());
    wake();
}

void World::do_one(run::StartStep& action) {
    tell("  step " + std::to_string(action.order.id.number) + ": " + told(action.order));
    mix(action.order.id.number);
    mix(action.order.resource.text);
    witness([&](Checker& checker) { checker.step_started(action.order); });
    const Cloud* place = cloud(action.order.provider);
    const Duration takes = place != nullptr ? place->weather.order_takes : Duration{0};
    clockwork_.in(takes, [this, order = action.order, process = process_] {
        bool silent = false;
        const core::StepReport report = obey(order, silent);
        if (silent || process != process_ || !cycle_)
            return;
        witness([&](Checker& checker) { checker.step_reported(report); });
        cycle_->collect(report);
        wake();
    });
}

void World::do_one(run::StartLook& action) {
    for (std::size_t index = 0; index < clouds_.size(); ++index)
        if (clouds_[index].name() == action.provider.text)
            answer_look(index, action.number);
}

void World::do_one(run::StartObservation& action) {
    const Cloud* place = cloud(action.order.provider);
    if (place == nullptr || place->weather.silent)
        return;
    later(place->weather.order_takes / 2, [this, place, resource = action.order.resource] {
        const core::Observation seen = place->observe(resource);
        witness([&](Checker& checker) { checker.observation_delivered(seen); });
        cycle_->collect(seen);
    });
}

void World::do_one(run::StartRehearsal& action) {
    const Cloud* place = cloud(action.order.provider);
    if (place == nullptr || place->weather.silent || place->weather.absent)
        return;
    core::Rehearsal rehearsal{action.order.provider, {}};
    for (const core::Lever lever : action.order.levers)
        rehearsal.lines.push_back(place->weather.refuses_orders
                                      ? core::RehearsalLine{lever, core::RehearsalAnswer::refused, "revoked"}
                                      : core::RehearsalLine{lever, core::RehearsalAnswer::ready, {}});
    later(place->weather.order_takes, [this, rehearsal] { cycle_->collect(rehearsal); });
}

void World::do_one(run::Reply& action) {
    const auto asked = orders_.find(action.reply.request);
    if (asked == orders_.end())
        return;
    tell(std::string(action.reply.answer.accepted ? "  accepted: " : "  refused: ") + action.reply.answer.message);
    witness([&](Checker& checker) { checker.replied(asked->second, action.reply.answer); });
    orders_.erase(asked);
}

void World::do_one(run::PublishFacts& action) {
    for (const core::RecordedFact& fact : action.facts) {
        mix(fact.sequence);
        mix(static_cast<std::uint64_t>(fact.fact.kind));
        mix(static_cast<std::uint64_t>(fact.fact.at.since_origin.count()));
        for (const core::FactField& field : fact.fact.fields)
            mix(field.value);
        if (story_ != nullptr)
            tell("  #" + std::to_string(fact.sequence) + " " + core::to_text(fact.fact));
    }
    witness([&](Checker& checker) { checker.decided(action.facts); });
}

void World::do_one(run::PublishSnapshot& action) {
    if (story_ != nullptr)
        tell("  " + status_line(action.snapshot));
    witness([&](Checker& checker) { checker.published(action.snapshot); });
    if (quiet_)
        end_when_at_rest();
}

// Everything in the journal, as a person would read it.
void World::read_journal() {
    if (!shelf_ || disk_.is_failing())
        return;
    const run::JournalFound found = shelf_->find({.after = 0, .most = facts_read_max});
    if (mind_cut())
        return;
    witness([&](Checker& checker) { checker.journal_read(found.facts, found.problem.empty()); });
}

// SIGTERM: a last batch, then the end.
void World::orderly_stop() {
    core::Notice notice;
    notice.fact.kind = core::FactKind::agent_stopped;
    notice.fact.fields = {{"reason", "SIGTERM"}};
    cycle_->collect(notice);
    const std::uint64_t process = process_;
    turn();
    if (process != process_)
        return;
    later(seconds(1), [this] {
        auto last = cycle_->final_batch();
        if (last && disk_hangs_until_ <= now()) {
            witness([&](Checker& checker) { checker.persist_sent(last->batch, last->whole_state); });
            reckoning_.persist_sent(last->whole_state);
            if (const int error = std::exchange(final_sync_error_, 0))
                disk_.fail_operation(Operation::sync, 1, error);
            const platform::Status written = shelf_->write(*last);
            if (mind_cut())
                return;
            if (written)
                reckoning_.persisted(last->whole_state);
            witness([&](Checker& checker) { checker.persist_answered(last->batch, written.ok()); });
        }
        end_agent(Ending::orderly, seconds(1));
    });
}

}  // namespace noodstop::sim
