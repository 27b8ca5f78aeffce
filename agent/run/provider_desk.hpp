// One provider's two threads, one that looks and one that acts, so that neither delays the other or the cycle. A
// thread that hangs is left behind and replaced, at most workers_max times; the replacement works on a provider of its
// own, so that no call ever meets one that hangs in the same object.
#pragma once

#include "agent/core/effect.hpp"
#include "agent/core/policy.hpp"
#include "agent/run/mailbox.hpp"
#include "agent/run/worker.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace noodstop::run {

inline constexpr std::size_t workers_max = 4;  // left behind at a time, per provider and side

// An act that others wait for is left behind after this long, one that nobody waits for after its own deadline.
inline constexpr std::chrono::seconds act_patience{1};

struct ProviderSetup {
    core::ProviderPolicy provider;
    core::PriceList prices;  // decides which figures are read
    bool operator==(const ProviderSetup&) const = default;
};

// Called on one of the provider's threads, again after it threw, and again for each replacement.
using ProviderFactory = std::function<std::unique_ptr<core::Provider>(const ProviderSetup&)>;

// All are called on the loop's thread.
struct DeskAnswers {
    std::function<void(std::uint64_t number, core::Look look)> look;
    std::function<void(core::StepReport report)> step;
    std::function<void(core::Observation observation)> observation;
    std::function<void(core::Rehearsal rehearsal)> rehearsal;
    std::function<void(const std::string& where, const std::string& problem)> fault;
};

class ProviderDesk {
public:
    ProviderDesk(ProviderSetup setup, ProviderFactory factory, SharedMailbox mailbox, DeskAnswers answers,
                 Priority priority);
    ~ProviderDesk();

    const ProviderSetup& setup() const { return setup_; }

    // Begins at once or is answered as absent at once: a look that began later would bear a wrong time.
    void look(std::uint64_t number);
    void carry_out(const core::StepOrder& order);
    void observe(const core::ObserveOrder& order);
    void rehearse(const core::RehearseOrder& order);

    // To be called now and then while acts are out: leaves behind an act that hangs.
    void replace_hanging_act(std::chrono::milliseconds act_deadline);
    bool acting() const { return act_->busy_for() || act_->waiting() > 0; }

private:
    // What a thread works on. Both threads share one provider until one of them is replaced.
    struct Maker;
    struct Seat {
        std::shared_ptr<Maker> maker;
    };
    using Thread = Worker<Seat>;
    using LeftBehind = std::vector<std::function<bool()>>;

    std::shared_ptr<Maker> make_maker() const;
    std::unique_ptr<Thread> make_thread(const char* side, std::shared_ptr<Maker> maker) const;
    bool replace(std::unique_ptr<Thread>& thread, LeftBehind& left_behind, const char* side);
    template <class Answer, class Call>
    void post_act(Call call, Answer failed, std::function<void(Answer)> DeskAnswers::*answer);

    ProviderSetup setup_;
    ProviderFactory factory_;
    Priority priority_;
    SharedMailbox mailbox_;
    std::shared_ptr<DeskAnswers> answers_;
    std::unique_ptr<Thread> look_;
    std::unique_ptr<Thread> act_;
    std::shared_ptr<std::uint64_t> looking_ = std::make_shared<std::uint64_t>(0);  // the number that is out, or 0
    LeftBehind looks_left_behind_;
    LeftBehind acts_left_behind_;
};

}  // namespace noodstop::run
