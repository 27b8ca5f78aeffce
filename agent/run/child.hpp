// A child process of the supervisor: the same program with other arguments, started again after a pause that grows
// while it keeps ending at once.
#pragma once

#include "platform/result.hpp"

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace noodstop::run {

inline constexpr std::chrono::milliseconds restart_pause_first{50};  // after the first restart, which is at once
inline constexpr std::chrono::milliseconds restart_pause_max{5000};
inline constexpr std::chrono::seconds steady_after{2};  // a child that lived this long ended for a new reason

class Child {
public:
    using Steady = std::chrono::steady_clock;

    explicit Child(std::string name) : name_(std::move(name)) {}

    const std::string& name() const { return name_; }
    pid_t pid() const { return pid_; }
    bool running() const { return pid_ > 0; }
    bool due(Steady::time_point now) const { return !running() && now >= start_at_; }
    Steady::time_point start_at() const { return start_at_; }
    Steady::time_point started_at() const { return started_at_; }

    // Starts /proc/self/exe with these arguments; the files in `kept` stay open for it under their numbers.
    platform::Status start(const std::vector<std::string>& arguments, const std::vector<int>& kept);

    void send(int signal) const;

    // If it has ended: how, as a sentence. Decides when it may start again.
    std::optional<std::string> take_end();

private:
    void plan_restart();

    std::string name_;
    pid_t pid_ = 0;
    Steady::time_point started_at_;
    Steady::time_point start_at_;
    std::chrono::milliseconds pause_{0};
};

}  // namespace noodstop::run
