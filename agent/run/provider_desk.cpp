#include "agent/run/provider_desk.hpp"

#include <exception>
#include <mutex>
#include <utility>

namespace noodstop::run {
namespace {

// Runs `call`; an exception becomes `failed` with its text as the problem.
template <class Answer, class Call>
Answer guarded(const Call& call, Answer failed, std::string Answer::*problem) {
    try {
        return call();
    } catch (const std::exception& fault) {
        failed.*problem = fault.what();
    } catch (...) {
        failed.*problem = "an exception of unknown type";
    }
    return failed;
}

core::Rehearsal unanswered(const core::RehearseOrder& order) {
    core::Rehearsal rehearsal{order.provider, {}};
    for (const core::Lever lever : order.levers)
        rehearsal.lines.push_back({lever, core::RehearsalAnswer::no_answer, "the provider failed"});
    return rehearsal;
}

}  // namespace

struct ProviderDesk::Maker {
    ProviderSetup setup;
    ProviderFactory factory;
    std::mutex mutex;
    std::unique_ptr<core::Provider> provider;

    Maker(ProviderSetup the_setup, ProviderFactory the_factory)
        : setup(std::move(the_setup)), factory(std::move(the_factory)) {}

    core::Provider& get() {
        const std::lock_guard guard(mutex);
        if (!provider)
            provider = factory(setup);
        return *provider;
    }
};

ProviderDesk::ProviderDesk(ProviderSetup setup, ProviderFactory factory, SharedMailbox mailbox, DeskAnswers answers,
                           Priority priority)
    : setup_(std::move(setup)),
      factory_(std::move(factory)),
      priority_(priority),
      mailbox_(std::move(mailbox)),
      answers_(std::make_shared<DeskAnswers>(std::move(answers))) {
    const auto shared = make_maker();
    look_ = make_thread("look", shared);
    act_ = make_thread("act", shared);
}

ProviderDesk::~ProviderDesk() {
    // Nobody waits for a thread that hangs; what it says later is dropped by the box or meets empty answers.
    for (auto* thread : {&look_, &act_})
        (*thread)->abandon();
}

void ProviderDesk::look(std::uint64_t number) {
    if (*looking_ != 0 && !replace(look_, looks_left_behind_, "look")) {
        core::Look absent{.provider = setup_.provider.name};
        absent.problem = "earlier looks still hang";
        mailbox_->post([answers = answers_, number, absent] { answers->look(number, absent); });
        return;
    }
    *looking_ = number;
    look_->post(
        [number, name = setup_.provider.name, mailbox = mailbox_, answers = answers_, looking = looking_](Seat& seat) {
            core::Look look =
                guarded([&] { return seat.maker->get().read(); }, core::Look{.provider = name}, &core::Look::problem);
            mailbox->post([answers, looking, number, look = std::move(look)]() mutable {
                if (*looking == number)
                    *looking = 0;
                answers->look(number, std::move(look));
            });
        });
}

template <class Answer, class Call>
void ProviderDesk::post_act(Call call, Answer failed, std::function<void(Answer)> DeskAnswers::*answer) {
    act_->post([=, mailbox = mailbox_, answers = answers_](Seat& seat) {
        Answer result = call(seat, failed);
        mailbox->post([=, result = std::move(result)]() mutable { ((*answers).*answer)(std::move(result)); });
    });
}

void ProviderDesk::carry_out(const core::StepOrder& order) {
    const auto call = [order](Seat& seat, core::StepReport failed) {
        return guarded([&] { return seat.maker->get().carry_out(order); }, std::move(failed),
                       &core::StepReport::problem);
    };
    post_act(call, core::StepReport{.id = order.id}, &DeskAnswers::step);
}

void ProviderDesk::observe(const core::ObserveOrder& order) {
    const auto call = [order](Seat& seat, core::Observation failed) {
        return guarded([&] { return seat.maker->get().observe(order.resource); }, std::move(failed),
                       &core::Observation::problem);
    };
    post_act(call, core::Observation{.provider = order.provider, .resource = order.resource},
             &DeskAnswers::observation);
}

void ProviderDesk::rehearse(const core::RehearseOrder& order) {
    const auto call = [order](Seat& seat, core::Rehearsal failed) {
        try {
            return seat.maker->get().rehearse(order.levers);
        } catch (...) {
            return failed;
        }
    };
    post_act(call, unanswered(order), &DeskAnswers::rehearsal);
}

void ProviderDesk::replace_hanging_act(std::chrono::milliseconds act_deadline) {
    const auto busy_for = act_->busy_for();
    if (!busy_for)
        return;
    if (*busy_for < act_deadline && (act_->waiting() == 0 || *busy_for < act_patience))
        return;
    replace(act_, acts_left_behind_, "act");
}

std::unique_ptr<ProviderDesk::Thread> ProviderDesk::make_thread(const char* side, std::shared_ptr<Maker> maker) const {
    WorkerOptions options{.priority = priority_};
    options.fault = [mailbox = mailbox_, answers = answers_,
                     where = setup_.provider.name.text + " " + side](const std::string& problem) {
        mailbox->post([answers, where, problem] { answers->fault(where, problem); });
    };
    return std::make_unique<Thread>(std::make_unique<Seat>(Seat{std::move(maker)}), std::move(options));
}

std::shared_ptr<ProviderDesk::Maker> ProviderDesk::make_maker() const {
    return std::make_shared<Maker>(setup_, factory_);
}

// False if too many hang already.
bool ProviderDesk::replace(std::unique_ptr<Thread>& thread, LeftBehind& left_behind, const char* side) {
    std::erase_if(left_behind, [](const std::function<bool()>& alive) { return !alive(); });
    if (left_behind.size() >= workers_max)
        return false;
    left_behind.push_back(thread->alive_test());
    Thread::Jobs jobs = thread->abandon();
    thread = make_thread(side, make_maker());
    for (Thread::Job& job : jobs)
        thread->post(std::move(job));
    answers_->fault(setup_.provider.name.text + " " + side, "a call hangs; its thread was left behind and replaced (" +
                                                                std::to_string(left_behind.size()) + " of at most " +
                                                                std::to_string(workers_max) + ")");
    return true;
}

}  // namespace noodstop::run
