// The world's time: what is due next, in order. Equal moments happen in the order in which they were asked for.
#pragma once

#include "agent/core/units.hpp"

#include <algorithm>
#include <functional>
#include <vector>

namespace noodstop::sim {

using core::Duration;

class Clockwork {
public:
    Duration now() const { return now_; }

    void at(Duration moment, std::function<void()> what) {
        due_.push_back({std::max(moment, now_), ++count_, std::move(what)});
        std::push_heap(due_.begin(), due_.end(), later);
    }
    void in(Duration time, std::function<void()> what) { at(now_ + time, std::move(what)); }

    // False: nothing is due before `end`, and it is `end` now.
    bool step(Duration end) {
        if (due_.empty() || due_.front().moment > end) {
            now_ = end;
            return false;
        }
        std::pop_heap(due_.begin(), due_.end(), later);
        Due next = std::move(due_.back());
        due_.pop_back();
        now_ = next.moment;
        next.what();
        return true;
    }

private:
    struct Due {
        Duration moment{0};
        std::uint64_t number = 0;
        std::function<void()> what;
    };
    static bool later(const Due& left, const Due& right) {
        return left.moment != right.moment ? left.moment > right.moment : left.number > right.number;
    }

    Duration now_{0};
    std::uint64_t count_ = 0;
    std::vector<Due> due_;
};

}  // namespace noodstop::sim
