#include "tests/sim/bill.hpp"

#include <algorithm>

namespace noodstop::sim {

Bill::Step& Bill::step_at(Duration now) {
    if (steps_.empty() || steps_.back().at < now) {
        Step next{now, 0, 0};
        if (!steps_.empty()) {
            const Step& last = steps_.back();
            next.sum = last.sum + last.rate * (now - last.at).count();
            next.rate = last.rate;
        }
        steps_.push_back(next);
    }
    return steps_.back();
}

void Bill::set_rate(Duration now, Wide rate) {
    step_at(now).rate = rate;
}

void Bill::add(Duration now, Wide amount) {
    step_at(now).sum += amount;
}

Wide Bill::until(Duration moment) const {
    const auto after = std::upper_bound(steps_.begin(), steps_.end(), moment,
                                        [](Duration at, const Step& step) { return at < step.at; });
    if (after == steps_.begin())
        return 0;
    const Step& last = *(after - 1);
    return last.sum + last.rate * (moment - last.at).count();
}

}  // namespace noodstop::sim
