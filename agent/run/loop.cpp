#include "agent/run/loop.hpp"

#include "agent/run/log.hpp"
#include "agent/run/spool_options.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <exception>
#include <utility>

namespace noodstop::run {
namespace {

// A turn that wants the next one at once still leaves the thread to others for a moment.
constexpr std::chrono::microseconds turn_gap{200};

core::Engine make_engine(core::Policy policy, const core::Recovered& recovered) {
    return core::Engine(std::move(policy), recovered);
}

}  // namespace

Loop::Loop(boost::asio::io_context& io, LoopParts parts, LoopHooks hooks)
    : io_(io),
      mailbox_(std::make_shared<Mailbox>(io)),
      hooks_(std::move(hooks)),
      clock_(std::move(parts.clock)),
      make_provider_(std::move(parts.make_provider)),
      priority_(parts.policy.agent.raise_priority ? Priority::raised : Priority::ordinary),
      load_configuration_(std::move(parts.load_configuration)),
      cycle_(make_engine(parts.policy, parts.recovered), parts.recovered.last_sequence),
      doors_(io, doors_requests()),
      channel_(parts.policy.agent.channel),
      journal_(std::make_unique<JournalShelf>(parts.policy.agent.state_folder, std::move(parts.store),
                                              parts.recovered.last_sequence, spool_options(channel_)),
               mailbox_, journal_answers(), priority_),
      latches_(parts.policy.agent.state_folder, fault_from_thread("latch file"), priority_),
      notifier_(parts.policy.agent.name, fault_from_thread("notification")),
      side_(std::make_unique<Nothing>(), WorkerOptions{.fault = fault_from_thread("configuration")}),
      turn_timer_(io),
      act_timer_(io),
      retention_timer_(io),
      stop_timer_(io) {}

Loop::~Loop() {
    mailbox_->close();
}

void Loop::start() {
    make_calendar();
    arm_retention(retention_first_check);
    wake();
}

void Loop::give_order(core::OrderInput order) {
    collect(std::move(order));
}

void Loop::notice(core::FactKind kind, std::vector<core::FactField> fields) {
    core::Notice input;
    input.fact.kind = kind;
    input.fact.fields = std::move(fields);
    collect(std::move(input));
}

void Loop::remake_providers() {
    desks_.clear();
    follow_providers();
}

void Loop::stop(const std::string& why) {
    if (std::exchange(stopping_, true))
        return;
    notice(core::FactKind::agent_stopped, {{"reason", why}});
    stop_timer_.expires_after(stop_patience);
    stop_timer_.async_wait([this](const boost::system::error_code& aborted) {
        if (!aborted)
            finish();
    });
}

void Loop::wake() {
    if (std::exchange(turn_posted_, true))
        return;
    boost::asio::post(io_, [this] {
        turn_posted_ = false;
        turn();
    });
}

void Loop::turn() {
    if (finished_)
        return;
    try {
        std::vector<Action> actions = cycle_.turn(reading());
        follow_policy();
        carry_out_all(std::move(actions));
        after_turn();
    } catch (const std::exception& problem) {
        survive(problem);
    }
    arm_turn();
}

// Where there is no memory even to note it, the next turn matters more than the note.
void Loop::survive(const std::exception& problem) noexcept {
    try {
        fault("turn", problem.what());
    } catch (const std::exception&) {
    }
}

void Loop::after_turn() {
    if (cycle_.engine().wants_calendar())
        make_calendar();
    if (stopping_)
        finish_if_written();
    if (hooks_.turned)
        hooks_.turned();
}

core::ClockReading Loop::reading() const {
    const platform::ClockTimes times = clock_.read();
    return {clock_.boot_id(), times.since_boot, {times.wall_since_epoch}, times.synchronized};
}

// Each by itself: what one action throws keeps no other from being carried out.
void Loop::carry_out_all(std::vector<Action> actions) {
    for (Action& action : actions) {
        try {
            std::visit([this](auto& one) { carry_out(std::move(one)); }, action);
        } catch (const std::exception& problem) {
            survive(problem);
        }
    }
}

void Loop::collect(core::Input input) {
    cycle_.collect(std::move(input));
    wake();
}

void Loop::fault(const std::string& where, const std::string& problem) {
    notice(core::FactKind::fault_survived, {{"where", where}, {"problem", problem}});
}

// A disk that fails again and again in the same way is told about once.
void Loop::persisted(std::uint64_t batch_number, bool ok, const std::string& problem) {
    cycle_.persisted(batch_number, ok);
    if (!ok && problem != journal_problem_)
        fault("journal", problem);
    journal_problem_ = problem;
    wake();
}

void Loop::arm_turn() {
    turn_timer_.expires_after(std::max<core::Duration>(cycle_.next_turn_within(), turn_gap));
    turn_timer_.async_wait([this](const boost::system::error_code& aborted) {
        if (!aborted)
            turn();
    });
}

void Loop::watch_acts() {
    if (std::exchange(watching_acts_, true))
        return;
    act_timer_.expires_after(hanging_act_check);
    act_timer_.async_wait([this](const boost::system::error_code& aborted) {
        if (aborted)
            return;
        watching_acts_ = false;
        bool acting = false;
        for (auto& [name, provider] : desks_) {
            provider->replace_hanging_act(act_deadline());
            acting = acting || provider->acting();
        }
        if (acting)
            watch_acts();
    });
}

// Twice what the longest lever is given: by then the engine has gone on to the next one.
std::chrono::milliseconds Loop::act_deadline() const {
    core::Duration longest = act_patience;
    for (const core::Runbook& runbook : cycle_.engine().policy().runbooks)
        for (const auto* levers : {&runbook.stop, &runbook.hold})
            for (const core::LeverRule& rule : *levers)
                longest = std::max(longest, rule.deadline);
    return std::chrono::duration_cast<std::chrono::milliseconds>(2 * longest);
}

void Loop::forget_old_facts() {
    const core::Duration retention = cycle_.engine().policy().agent.journal_retention;
    journal_.forget_before(reading().wall - retention);
    arm_retention(retention_check);
}

void Loop::arm_retention(std::chrono::minutes after) {
    retention_timer_.expires_after(after);
    retention_timer_.async_wait([this](const boost::system::error_code& aborted) {
        if (!aborted)
            forget_old_facts();
    });
}

// The last batch leaves as soon as the one in flight has come back; when it is written, so is everything.
void Loop::finish_if_written() {
    auto last = cycle_.final_batch();
    if (!last)
        return;
    if (final_batch_sent_ && last->batch.facts.empty())
        return finish();
    final_batch_sent_ = true;
    carry_out(std::move(*last));
}

void Loop::finish() {
    if (std::exchange(finished_, true))
        return;
    for (auto* timer : {&turn_timer_, &act_timer_, &retention_timer_, &stop_timer_})
        timer->cancel();
    desks_.clear();
    if (hooks_.stopped)
        hooks_.stopped();
}

DoorsRequests Loop::doors_requests() {
    DoorsRequests requests;
    requests.order = [this](std::uint64_t request, core::Order order) {
        collect(core::OrderInput{request, std::move(order)});
    };
    requests.rehearse = [this](std::uint64_t request, core::ZoneName zone) {
        collect(core::RehearsalRequest{request, std::move(zone)});
    };
    requests.journal = [this](doors::JournalQuery query, std::function<void(doors::JournalAnswer)> answer) {
        journal_.ask({query.tenant, query.zone, query.after, query.most}, [answer](JournalFound found) {
            answer({std::move(found.facts), std::move(found.problem)});
        });
    };
    requests.resources = [this] { return cycle_.engine().resources(); };
    requests.batch = [this](core::BatchQuery query, std::function<void(core::BatchFound)> answer) {
        journal_.next_batch(std::move(query), std::move(answer));
    };
    requests.batch_answer = [this](core::BatchAnswer content, std::function<void(core::BatchTaken)> answer) {
        journal_.take_answer(std::move(content), std::move(answer));
    };
    requests.notice = [this](core::FactKind kind, std::vector<core::FactField> fields) {
        note_beside(kind, std::move(fields));
    };
    requests.closed = [](const std::string& why) { log_warning("the doors process is gone: " + why); };
    return requests;
}

JournalAnswers Loop::journal_answers() {
    JournalAnswers answers;
    answers.persisted = [this](std::uint64_t number, bool ok, const std::string& problem) {
        persisted(number, ok, problem);
    };
    answers.latches_found = [this](std::vector<core::Latch> latches) {
        collect(core::LatchesFound{std::move(latches)});
    };
    answers.told = [this](const std::vector<core::Fact>& facts) {
        for (const core::Fact& fact : facts)
            note_beside(fact.kind, fact.fields);
    };
    answers.fault = [this](const std::string& where, const std::string& problem) { fault(where, problem); };
    return answers;
}

std::function<void(const std::string&)> Loop::fault_from_thread(const std::string& where) {
    return [this, where, mailbox = mailbox_](const std::string& problem) {
        mailbox->post([this, where, problem] { fault(where, problem); });
    };
}

}  // namespace noodstop::run
