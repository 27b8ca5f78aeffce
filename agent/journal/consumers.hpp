// Who takes from the spool and how far they are: cursors, the batch that is out with each, and what an answer is
// believed. Pure; the rules are those of spool.hpp, 2, 5 and 6.
#pragma once

#include "agent/journal/line.hpp"

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace noodstop::journal {

struct Consumer {
    std::string name;
    bool takes_facts = true;
    bool takes_samples = true;
    bool is_hub = false;  // answers with what it has: HubAnswer
    bool operator==(const Consumer&) const = default;
};

// How far a consumer has acknowledged; 0: not even begun.
struct Cursor {
    std::uint64_t fact = 0;
    std::uint64_t sample = 0;
    bool operator==(const Cursor&) const = default;
};
using Cursors = std::map<std::string, Cursor>;

class Consumers {
public:
    // Of `found` only the cursors of those who are followed.
    Consumers(std::vector<Consumer> followed, Cursors found);

    const Consumer* find(const std::string& name) const;
    const Cursors& cursors() const { return cursors_; }
    bool want_samples() const;

    // A batch is out; it gets its number, and its samples the name of the telling that they begin. Another one that was out with this consumer is forgotten.
    void hand_out(const Line& line, const std::string& name, core::SpoolBatch& batch);
    // False: that batch is not out.
    bool acknowledged(const std::string& name, std::uint64_t batch);
    bool answered(const Line& line, const std::string& name, std::uint64_t batch, const core::HubAnswer& answer);
    // Numbers at which nothing is kept any more, and nothing can be told about.
    void skip_to(const std::string& name, core::Lane lane, std::uint64_t sequence);

    // Of `cursors`, the lowest of those who take the lane; the highest there is if nobody does.
    Cursor passed_by_all(const Cursors& cursors) const;

    // The hub knows more of the present epoch than was handed out: an epoch is to begin after what was.
    bool wants_epoch() const { return wants_epoch_; }
    const Cursor& handed_out_of_epoch() const { return handed_; }
    void epoch_began(const EpochBegin& epoch);

    std::vector<core::Fact> take_told() { return std::exchange(told_, {}); }

private:
    struct Out {
        std::uint64_t number = 0;
        core::RunBounds facts;
        core::RunBounds samples;
    };
    struct Judged {
        core::Lane lane;
        std::uint64_t& cursor;
        const core::RunBounds& run;
        const core::LaneAnswer& answer;
    };
    const Out* out(const std::string& name, std::uint64_t batch) const;
    void judge(const Line& line, const Judged& judged);
    void judge_foreign(const Judged& judged);
    void judge_known(const Judged& judged);
    void go_back(const Judged& judged, std::uint64_t to);
    void disbelieve(const Judged& judged);
    void tell(core::FactKind kind, const Judged& judged, const std::string& what);

    std::vector<Consumer> followed_;
    Cursors cursors_;
    std::map<std::string, Out> out_;
    std::uint64_t last_batch_ = 0;
    Cursor handed_;  // to the hub, of the present epoch
    bool wants_epoch_ = false;
    std::uint64_t tellings_ = 0;  // of all totals, begun in this process
    // What is told of once, until the hub has taken something in good order again: what is told is recorded and sent
    // too, and must not feed on itself.
    std::set<std::pair<core::Lane, core::FactKind>> complaints_;
    std::vector<core::Fact> told_;
};

}  // namespace noodstop::journal
