// What was truly recorded: kept beside the product, by what the recorder itself did. Each fact has a name of its own
// that no product code makes.
#pragma once

#include "agent/core/uplink.hpp"

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace noodstop::sim {

using Totals = std::map<core::CounterName, std::int64_t>;

class Oracle {
public:
    // ---- the recorder ----
    void recorded(std::uint64_t sequence, const std::string& name);
    // The disk has said that all facts up to this one are there, ...
    void kept(std::uint64_t last_sequence) { present_.kept_until = last_sequence; }
    // ... and has lied, and lost power: any part of what it holds may be of an earlier moment.
    void nothing_is_sure() { present_.lied = true; }
    // Counters that go to the disk together with the state of this stamp.
    void sampled(std::uint64_t stamp, const Totals& counters);
    // What came of writing that state.
    void settled(std::uint64_t stamp, bool durable);

    // A process begins and finds the disk so: facts up to this number, the state of this stamp (0: none). A number
    // beyond what was recorded is a new beginning after damage: what was on its way then may be on the disk or not.
    void restarted(std::uint64_t last_sequence, std::uint64_t stamp);

    // ---- backups: what is recorded now, or on its way ----
    struct Past {
        std::map<std::uint64_t, std::string> line;
        std::vector<std::pair<std::uint64_t, Totals>> samples;
        std::uint64_t kept_until = 0;
        std::set<std::string> doubtful;
        bool lied = false;
        bool ended_is_doubtful = false;
        std::set<std::uint64_t> doubtful_stamps;
    };
    Past past() const { return present_; }
    void restored(const Past& past);

    // By number, what is on the agent's disk.
    const std::map<std::uint64_t, std::string>& line() const { return present_.line; }
    bool is_doubtful(const std::string& name) const { return present_.doubtful.contains(name); }
    // What counters ended with before the last sample.
    bool ended_is_doubtful() const { return present_.ended_is_doubtful; }
    const Totals& last_sample() const { return present_.samples.back().second; }
    bool ever_recorded(const std::string& name) const { return all_.contains(name); }
    // After a failed write a new file begins with the state, and counters follow with its first batch: a crash between
    // leaves it open whether the samples since the failure are there.
    enum class Doubtful { there, not_there };
    Totals totals(Doubtful doubtful = Doubtful::there) const;

private:
    Past present_;
    std::uint64_t unsettled_ = 0;     // a stamp on its way to the disk; 0: none
    std::set<std::uint64_t> failed_;  // stamps whose writing failed; a crash now may still find them
    std::set<std::string> all_;
};

}  // namespace noodstop::sim
