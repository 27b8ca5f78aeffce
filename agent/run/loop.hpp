// The loop around the cycle: reads the clock, carries out the cycle's actions on threads that may hang without holding
// up anything else, and hands in what came of them. Holds no rule of its own about limits, breakers or stops.
//
//   loop's thread    cycle, doors link, timers          provider threads   a look and an act thread for each
//   journal thread   the store                          latch thread       latch files
//   side thread      configuration and calendar         notification threads
#pragma once

#include "agent/config/load.hpp"
#include "agent/run/cycle.hpp"
#include "agent/run/doors_desk.hpp"
#include "agent/run/journal_desk.hpp"
#include "agent/run/latch_keeper.hpp"
#include "agent/run/notifier.hpp"
#include "agent/run/provider_desk.hpp"
#include "platform/clock/clock.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <map>
#include <memory>
#include <string>

namespace noodstop::run {

inline constexpr std::chrono::milliseconds hanging_act_check{250};
inline constexpr std::chrono::minutes retention_first_check{1};  // not while a trip may wait for the journal
inline constexpr std::chrono::minutes retention_check{60};
inline constexpr std::chrono::seconds stop_patience{2};
inline constexpr std::size_t mistakes_told_max = 50;

struct LoopParts {
    core::Policy policy;
    core::Recovered recovered;
    std::optional<journal::Store> store;  // none: its folder could not be used
    platform::Clock clock;
    ProviderFactory make_provider;
    std::function<config::Loaded()> load_configuration;  // called on the side thread
};

// All are called on the loop's thread; any may be empty.
struct LoopHooks {
    std::function<void()> turned;  // after each whole turn
    std::function<void(const core::Policy&)> configuration_accepted;
    std::function<void(const core::Snapshot&)> published;
    std::function<void(const std::vector<core::RecordedFact>&)> recorded;
    std::function<void()> stopped;
};

class Loop {
public:
    Loop(boost::asio::io_context& io, LoopParts parts, LoopHooks hooks);
    ~Loop();
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;

    // On the io_context's thread, as everything here.
    void start();
    void connect_doors(int socket) { doors_.connect(socket); }
    void reload();
    void give_order(core::OrderInput order);
    void notice(core::FactKind kind, std::vector<core::FactField> fields);
    // Of the channel: recorded without waking the cycle (cycle.hpp).
    void note_beside(core::FactKind kind, std::vector<core::FactField> fields) {
        cycle_.record_beside(kind, std::move(fields));
    }
    void warn(const std::string& sentence) { cycle_.warn(sentence); }
    // Providers are made anew, e.g. because the processes that they must not hit are others now.
    void remake_providers();
    // Orderly: the journal gets all there is, nothing is stopped. Calls the `stopped` hook, within stop_patience.
    void stop(const std::string& why);

private:
    struct Nothing {};

    void wake();
    void turn();
    void after_turn();
    void survive(const std::exception& problem) noexcept;
    core::ClockReading reading() const;
    void carry_out_all(std::vector<Action> actions);
    void carry_out(KeepLatch&& action);
    void carry_out(Persist&& action);
    void carry_out(StartStep&& action);
    void carry_out(StartLook&& action);
    void carry_out(StartObservation&& action);
    void carry_out(StartRehearsal&& action);
    void carry_out(Reply&& action);
    void carry_out(Notify&& action);
    void carry_out(PublishFacts&& action);
    void carry_out(PublishSnapshot&& action);
    void collect(core::Input input);
    void fault(const std::string& where, const std::string& problem);
    void persisted(std::uint64_t batch_number, bool ok, const std::string& problem);
    void follow_policy();
    void follow_channel();
    void follow_providers();
    ProviderDesk* desk(const core::ProviderName& provider);
    DeskAnswers desk_answers();
    void make_calendar();
    void take_configuration(const config::Loaded& loaded);
    void refuse_configuration(const config::Loaded& loaded);
    void arm_turn();
    void watch_acts();
    std::chrono::milliseconds act_deadline() const;
    void forget_old_facts();
    void arm_retention(std::chrono::minutes after);
    void finish_if_written();
    void finish();
    DoorsRequests doors_requests();
    JournalAnswers journal_answers();
    std::function<void(const std::string&)> fault_from_thread(const std::string& where);

    boost::asio::io_context& io_;
    SharedMailbox mailbox_;
    LoopHooks hooks_;
    platform::Clock clock_;
    ProviderFactory make_provider_;
    Priority priority_;
    std::function<config::Loaded()> load_configuration_;
    Cycle cycle_;
    DoorsDesk doors_;
    core::ChannelPolicy channel_;  // that the journal follows
    JournalDesk journal_;
    LatchKeeper latches_;
    Notifier notifier_;
    Worker<Nothing> side_;
    std::map<core::ProviderName, std::unique_ptr<ProviderDesk>> desks_;
    boost::asio::steady_timer turn_timer_;
    boost::asio::steady_timer act_timer_;
    boost::asio::steady_timer retention_timer_;
    boost::asio::steady_timer stop_timer_;
    std::string journal_problem_;
    bool turn_posted_ = false;
    bool calendar_wanted_ = false;
    bool policy_changed_ = false;
    bool watching_acts_ = false;
    bool stopping_ = false;
    bool final_batch_sent_ = false;
    bool finished_ = false;
};

}  // namespace noodstop::run
