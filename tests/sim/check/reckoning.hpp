// What by the rules must have been charged at least, and can have been charged at most, worked out from the looks that
// reached the agent: an accountant of the world's own, written from DESIGN.md 4 and sharing nothing with the meter.
//
//   at least   what two good looks in a row both show ran between them, at the rate of the second; totals of counters.
//              After a crash: what the last durable whole state held and the looks since show, and never less than
//              what had been charged when the last durable batch left, which the reservation stands for
//   at most    from the look before the first that shows it (or its creation) until the first look that doesn't
#pragma once

#include "agent/core/policy.hpp"
#include "agent/core/record.hpp"
#include "tests/sim/cloud.hpp"

#include <map>
#include <set>

namespace noodstop::sim {

class Reckoning {
public:
    void look_delivered(const core::Look& look, Duration asked_at, Duration read_at, Duration now, const Cloud& cloud);
    // The agent's wall time is off by so much: it dates a creation as much too early or too late, or not at all where
    // that would be later than its now.
    void set_clock_error(Duration earliest, Duration latest) { earliest_ = earliest, latest_ = latest; }
    // While the agent doesn't know how long the machine was down it can charge nothing for the time before this boot.
    void set_untold_before(std::optional<Duration> booted_at) { untold_before_ = booted_at; }
    // Synchronized time told how long the machine was down: what ran then is charged for that too, and so is what
    // appears in the next look, where the last one was asked for before this boot. What it told may be short of the
    // truth.
    void time_moved(Duration now, Duration booted_at, Duration by, Duration short_by);
    void persist_sent(bool whole_state);
    void persisted(bool whole_state);
    void agent_ended(bool orderly);

    // Money (millionths) of these clouds from a moment on until now.
    std::int64_t at_least(const std::set<std::string>& clouds, Duration from) const;
    std::int64_t at_most(const std::set<std::string>& clouds, Duration from, Duration now) const;
    // Per hour, by state and memory, as the last good look showed it.
    std::int64_t known_rate(const std::set<std::string>& clouds) const;
    // ... of the clouds that this process of the agent has seen.
    std::int64_t shown_rate(const std::set<std::string>& clouds) const;
    std::optional<Duration> last_good(const std::string& cloud) const;  // when it was delivered
    std::size_t looks() const { return looks_; }
    bool ended_before() const { return ended_; }

private:
    struct Shown {
        Wide rate = 0;  // by state and memory
        Duration started{0};
        Duration asked_at{0};
    };
    struct Charged {
        Duration at{0};
        Wide amount = 0;
    };
    using Charges = std::vector<Charged>;  // in the order in which they were charged
    // What one state of the agent knows, as it is written.
    struct Kept {
        std::optional<Duration> asked_at, good_asked_at, good_read_at;
        std::map<std::string, Shown> shown_whole;
        std::int64_t total = 0;
        std::size_t least = 0;  // how many charges
        Charges untold;
        Wide highest_since = 0;
    };
    struct Book {
        std::map<std::string, Shown> shown;        // by the last look of any quality but absent
        std::map<std::string, Shown> shown_whole;  // by the last good look
        std::optional<Duration> asked_at, good_asked_at, good_read_at, good_at;
        std::int64_t total = 0;  // by the last good look
        Charges least;
        Charges untold;  // what will be charged when time is known
        Bill most;
        bool seen_since_start = false;  // by a good look
        // For what a crash makes the agent charge twice, and forget.
        Kept kept, sent;                             // the last durable whole state, and the one being written
        std::size_t least_kept = 0, least_sent = 0;  // how many charges, with any batch
        Duration older_by{0};                        // than it truly is: the last look, since time moved
        std::optional<Duration> crashed_from;
        Wide highest_since_end = 0;
    };
    void note_least(Book& book, const core::Look& look, const std::map<std::string, Shown>& shown, Duration read_at,
                    Duration now, const Cloud& cloud);
    void note_most(Book& book, const core::Look& look, const std::map<std::string, Shown>& shown, Duration now,
                   const Cloud& cloud);

    Duration dated(Duration started, Duration now) const;

    // What had been charged from each moment on until the end.
    using SumsSince = std::map<Duration, Wide>;
    static SumsSince sums_of(const Charges& charges);

    std::map<std::string, Book> books_;
    std::vector<std::map<std::string, SumsSince>> reserved_;  // by crash and cloud: what had been charged by then
    Duration earliest_{0}, latest_{0};
    std::optional<Duration> untold_before_;
    std::size_t looks_ = 0;
    bool ended_ = false;
};

}  // namespace noodstop::sim
