// Runs notification commands on a few threads of their own. What comes faster than they can run is dropped and
// counted; a notification is a side door and never holds up the path.
#pragma once

#include "agent/core/policy.hpp"
#include "agent/core/record.hpp"
#include "agent/run/worker.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace noodstop::run {

inline constexpr std::size_t notification_threads_max = 4;
inline constexpr std::size_t notifications_waiting_max = 256;

class Notifier {
public:
    // `fault` is called on any thread: at the first failure of a notification after a success, so that a failing
    // command, told about by notification, doesn't feed itself.
    Notifier(std::string agent, std::function<void(const std::string& problem)> fault);
    ~Notifier();

    void notify(const core::Notification& notification, const core::RecordedFact& fact);

private:
    struct Nothing {};
    struct Failing;
    using Thread = Worker<Nothing>;

    Thread* thread_with_room();

    std::string agent_;
    std::function<void(const std::string&)> fault_;
    std::vector<std::unique_ptr<Thread>> threads_;
    std::shared_ptr<Failing> failing_;
    bool dropping_ = false;
};

}  // namespace noodstop::run
