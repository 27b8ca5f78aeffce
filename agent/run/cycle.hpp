// The cycle without I/O: collect inputs, step the engine, have the results made durable by a deadline, let the
// steps go, publish. The loop around it (loop.hpp) only carries out actions and hands in what happened; a simulation
// does the same with a disk and providers of its own.
//
//   collect(...) --> turn(clock) --> Persist ---> persisted(number, ok)      steps of a batch leave when it is durable
//                                \-> StartLook, StartStep, ...               or when the durability deadline has passed
//
// Fails at nothing: an exception from the engine becomes a fault_survived fact, its input is dropped, and the turn goes
// on. Deterministic: the same calls in the same order give the same actions.
#pragma once

#include "agent/core/engine.hpp"
#include "agent/run/action.hpp"
#include "agent/run/batch_keeper.hpp"
#include "agent/run/input_queue.hpp"
#include "agent/run/look_schedule.hpp"

#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace noodstop::run {

inline constexpr core::Duration publish_interval = std::chrono::milliseconds(200);
inline constexpr std::size_t warnings_max = 32;
// History of counters goes with the state that the disk gets anyway, and not more often than this but where a zone has
// changed its state.
inline constexpr core::Duration sample_interval = std::chrono::seconds(10);
inline constexpr std::size_t side_facts_max = 256;  // that wait; more are counted

class Cycle {
public:
    Cycle(core::Engine engine, std::uint64_t last_sequence);

    void collect(core::Input input);
    // The answer to StartLook. The cycle stamps taken_at with the moment at which it started the look.
    void collect_look(std::uint64_t number, core::Look look);
    // The answer to Persist. ok = false: the store is dead; the next Persist carries the whole state.
    void persisted(std::uint64_t batch_number, bool ok);
    // A fact of the channel: of its peers, which may do whatever they like. It wakes nobody, decides nothing, and gets
    // to the disk with the next batch that goes there anyway and that no stop waits for: the path does what it would do
    // without, at the same moments.
    void record_beside(core::FactKind kind, std::vector<core::FactField> fields);
    // A sentence that status shows for the life of this process, e.g. a privilege that was refused.
    void warn(std::string sentence);

    std::vector<Action> turn(const core::ClockReading& clock);

    // At the latest after this long turn() must be called again, whatever happens. Counted from the last turn.
    core::Duration next_turn_within() const;

    // All that is not durable yet, with the whole state, for the last batch of an orderly stop. None while a batch is
    // in flight or the store waits for its next try.
    std::optional<Persist> final_batch();

    const core::Engine& engine() const { return engine_; }

    // True once after a turn that may have put another policy in force. Its providers are to be there before the
    // actions of that turn are carried out.
    bool take_policy_change() { return std::exchange(policy_changed_, false); }

private:
    struct PersistAnswer {
        std::uint64_t number = 0;
        bool ok = false;
    };

    void take_persist_answers();
    void step_waiting(const core::ClockReading& clock);
    void step_tick_if_due(const core::ClockReading& clock);
    void step(std::span<const core::Input> inputs, const core::ClockReading& clock);
    void survive(std::span<const core::Input> inputs, const std::string& problem);
    void take(core::Effects effects);
    void notify(const std::vector<core::RecordedFact>& facts);
    void notice(core::FactKind kind, std::vector<core::FactField> fields);
    void notice_dropped_inputs();
    void notice_durability(const core::ClockReading& clock);
    void persist_if_ready(const core::ClockReading& clock);
    void date_side_facts();
    void add_side_facts();
    bool sample_due() const;
    Persist make_batch(bool is_last);
    void release();
    void start_looks();
    void publish();

    core::Engine engine_;
    InputQueue inputs_;
    LookSchedule looks_;
    BatchKeeper keeper_;
    std::vector<PersistAnswer> persist_answers_;
    std::vector<Action> actions_;  // of this turn; outlives a turn that was broken off
    std::vector<core::RecordedFact> new_facts_;
    std::vector<std::string> warnings_;
    std::vector<core::Fact> side_facts_;
    std::size_t side_facts_dated_ = 0;  // the first so many have their time
    std::map<core::FactKind, std::uint64_t> side_facts_dropped_;
    bool zone_changed_since_sample_ = false;
    std::optional<core::Duration> sampled_at_;
    bool follows_providers_ = false;
    bool policy_changed_ = false;
    bool begun_ = false;   // the engine has taken its first step
    bool durable_ = true;  // as last told by a fact
    bool unpublished_ = true;
    bool zone_changed_state_ = false;           // since the last snapshot
    core::Duration now_{0};                     // since boot, of the last turn
    core::Duration engine_time_{0};             // since boot, of the last step that the engine survived
    std::optional<core::Duration> stepped_at_;  // or tried to
    std::optional<core::Duration> checkpoint_at_;
    std::optional<core::Duration> published_at_;
};

}  // namespace noodstop::run
