// Writes latch files on a thread of its own, so that a database that hangs doesn't keep a latch from the disk. Repeats
// what fails until it succeeds or a newer latch of the zone comes; what is refused for good is told and dropped.
#pragma once

#include "agent/core/record.hpp"
#include "agent/run/worker.hpp"

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace noodstop::run {

inline constexpr std::chrono::milliseconds latch_retry_first{100};
inline constexpr std::chrono::milliseconds latch_retry_max{5000};

class LatchKeeper {
public:
    // `fault` is called on the keeper's thread, at the first failure after a success.
    LatchKeeper(std::string folder, std::function<void(const std::string& problem)> fault, Priority priority);
    ~LatchKeeper();
    LatchKeeper(const LatchKeeper&) = delete;
    LatchKeeper& operator=(const LatchKeeper&) = delete;

    void keep(core::Latch latch);

private:
    struct State;
    std::shared_ptr<State> state_;
    std::thread thread_;
};

}  // namespace noodstop::run
