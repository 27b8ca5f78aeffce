#include "agent/run/notifier.hpp"

#include "agent/run/fact_json.hpp"
#include "platform/process/run_command.hpp"

#include <mutex>
#include <set>
#include <utility>

namespace noodstop::run {
namespace {

std::string outcome_problem(const platform::Result<platform::CommandOutcome>& outcome) {
    if (!outcome)
        return outcome.error().message;
    if (outcome->timed_out)
        return "took too long and was killed";
    if (outcome->signal != 0)
        return "was ended by signal " + std::to_string(outcome->signal);
    if (outcome->exit_code != 0)
        return "failed with exit code " + std::to_string(outcome->exit_code);
    return {};
}

}  // namespace

struct Notifier::Failing {
    std::mutex mutex;
    std::set<std::string> names;

    // True if this failure is the first one after a success.
    bool note(const std::string& name, bool failed) {
        const std::lock_guard guard(mutex);
        if (failed)
            return names.insert(name).second;
        names.erase(name);
        return false;
    }
};

Notifier::Notifier(std::string agent, std::function<void(const std::string&)> fault)
    : agent_(std::move(agent)), fault_(std::move(fault)), failing_(std::make_shared<Failing>()) {}

Notifier::~Notifier() {
    for (const auto& thread : threads_)
        thread->abandon();
}

void Notifier::notify(const core::Notification& notification, const core::RecordedFact& fact) {
    Thread* thread = thread_with_room();
    if (!thread) {
        if (!std::exchange(dropping_, true))
            fault_("too many notifications wait; further ones are dropped");
        return;
    }
    dropping_ = false;
    platform::Command command{notification.command, to_json(agent_, fact),
                              std::chrono::duration_cast<std::chrono::milliseconds>(notification.deadline)};
    thread->post([=, name = notification.name, fault = fault_, failing = failing_](Nothing&) {
        const std::string problem = outcome_problem(platform::run_command(command));
        if (failing->note(name, !problem.empty()))
            fault("notification " + name + ": " + command.arguments.front() + ": " + problem);
    });
}

// An idle thread, a new one, or the one with the shortest queue; none if all queues are full.
Notifier::Thread* Notifier::thread_with_room() {
    Thread* best = nullptr;
    for (const auto& thread : threads_) {
        if (!thread->busy_for() && thread->waiting() == 0)
            return thread.get();
        if (!best || thread->waiting() < best->waiting())
            best = thread.get();
    }
    if (threads_.size() < notification_threads_max) {
        WorkerOptions options{.fault = fault_};
        threads_.push_back(std::make_unique<Thread>(std::make_unique<Nothing>(), std::move(options)));
        return threads_.back().get();
    }
    return best->waiting() < notifications_waiting_max / notification_threads_max ? best : nullptr;
}

}  // namespace noodstop::run
