// Which of many refused calls are told: the first of each kind at once, then how many more there were, each minute. A
// flood of refusals becomes a handful of facts a minute, whoever floods, and however he varies. Time is an argument.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace noodstop::doors {

struct RefusedCall {
    std::string caller;
    std::string method;  // empty: no call was read
    std::string reason;
    std::strong_ordering operator<=>(const RefusedCall&) const = default;
    bool operator==(const RefusedCall&) const = default;
};

struct RefusalReport {
    RefusedCall call;  // of several kinds together: what is not the same in all of them is empty
    std::uint64_t count = 1;
};

class RefusalTally {
public:
    using Time = std::chrono::steady_clock::time_point;

    static constexpr auto summary_interval = std::chrono::minutes(1);
    static constexpr std::size_t told_at_once_max = 10;  // first ones, in each interval
    static constexpr std::size_t summaries_max = 5;      // kinds with a line of their own at its end
    static constexpr std::size_t kinds_max = 64;         // told apart; beyond it they are counted together

    // What is to be told of it now, if anything.
    std::optional<RefusalReport> add(RefusedCall call, Time now);

    // To be called now and then: what is to be told of the interval that has ended.
    std::vector<RefusalReport> due(Time now);

private:
    std::vector<RefusalReport> summary();

    Time interval_began_{};
    std::size_t told_at_once_ = 0;
    std::map<RefusedCall, std::uint64_t> untold_;  // of the kinds that were seen in this or the last interval
    std::uint64_t others_ = 0;                     // untold too, of kinds beyond kinds_max
};

}  // namespace noodstop::doors
