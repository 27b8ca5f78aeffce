// How much of something may come at once, and how much of it in each second after that. Time is an argument.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace noodstop::platform {

struct AllowanceLimits {
    std::int64_t burst_max = 0;
    std::int64_t per_second_max = 0;
};

class Allowance {
public:
    using Time = std::chrono::steady_clock::time_point;

    Allowance(AllowanceLimits limits, Time now) : limits_(limits), left_(limits.burst_max * scale), since_(now) {}

    // False where too much was taken; the taking counts all the same.
    bool take(std::int64_t count, Time now) {
        const auto passed = std::chrono::duration_cast<std::chrono::milliseconds>(now - since_);
        if (passed.count() > 0) {
            since_ += passed;
            add(std::min<std::int64_t>(passed.count(), refill_milliseconds_max) * limits_.per_second_max);
        }
        left_ -= count * scale;
        return left_ >= 0;
    }

    void give_back(std::int64_t count) { add(count * scale); }

private:
    static constexpr std::int64_t scale = 1000;
    static constexpr std::int64_t refill_milliseconds_max = 3'600'000;

    void add(std::int64_t thousandths) { left_ = std::min(left_ + thousandths, limits_.burst_max * scale); }

    AllowanceLimits limits_;
    std::int64_t left_;  // thousandths
    Time since_;
};

}  // namespace noodstop::platform
