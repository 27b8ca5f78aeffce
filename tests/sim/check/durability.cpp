// What was acknowledged is in the journal for ever after, unchanged, under a number that nothing else ever gets; and a
// start takes up no state that nobody wrote, whatever became of the disk.
#include "tests/sim/check/checks.hpp"

#include <functional>
#include <map>
#include <set>

namespace noodstop::sim {
namespace {

constexpr std::size_t files_read_max = 8;  // of those set aside, the journal answers from the latest

class DurabilityChecker : public Checker {
public:
    const char* name() const override { return "durability"; }

    void persist_sent(const core::RecordBatch& batch, bool) override {
        for (const auto& [key, body] : batch.state)
            written_[key].insert(std::hash<std::string>{}(body));
    }

    void started(const core::Recovered& found) override {
        for (const auto& [key, body] : found.state)
            if (!written_[key].contains(std::hash<std::string>{}(body)))
                fail("state " + key + " is taken up as nobody had written it");
    }

    void persist_answered(const core::RecordBatch& batch, bool durable) override {
        if (!durable)
            return;
        for (const core::RecordedFact& fact : batch.facts)
            acknowledged_.insert_or_assign(fact.sequence, core::to_text(fact.fact));
    }

    void decided(const std::vector<core::RecordedFact>& facts) override {
        for (const core::RecordedFact& fact : facts) {
            if (fact.sequence <= last_)
                fail("fact " + std::to_string(fact.sequence) + " is decided after fact " + std::to_string(last_));
            if (!world().excuses().numbers_lost && acknowledged_.contains(fact.sequence))
                fail("fact " + std::to_string(fact.sequence) + " gets the number of one that was acknowledged");
            last_ = fact.sequence;
        }
    }

    void ended(Ending) override { last_ = 0; }

    void journal_read(const std::vector<core::RecordedFact>& facts, bool complete) override {
        if (!complete || world().excuses().disk_forgets)
            return;
        std::uint64_t before = 0;
        for (const core::RecordedFact& fact : facts) {
            if (fact.sequence <= before)
                fail("the journal tells fact " + std::to_string(fact.sequence) + " twice or out of order");
            before = fact.sequence;
        }
        check_all_there(facts);
    }

private:
    void check_all_there(const std::vector<core::RecordedFact>& facts) {
        const bool reads_all = world().files_set_aside() <= files_read_max;
        auto found = facts.begin();
        for (const auto& [sequence, text] : acknowledged_) {
            if (!reads_all && (facts.empty() || sequence < facts.front().sequence))
                continue;
            while (found != facts.end() && found->sequence < sequence)
                ++found;
            if (found == facts.end() || found->sequence != sequence)
                return fail("fact " + std::to_string(sequence) + " was acknowledged and is lost: " + text);
            if (core::to_text(found->fact) != text)
                return fail("fact " + std::to_string(sequence) + " was " + text + " and reads " +
                            core::to_text(found->fact));
        }
    }

    std::map<std::uint64_t, std::string> acknowledged_;
    std::map<std::string, std::set<std::size_t>> written_;  // what state ever was, as hashes
    std::uint64_t last_ = 0;
};

}  // namespace

std::unique_ptr<Checker> make_durability_checker() {
    return std::make_unique<DurabilityChecker>();
}

}  // namespace noodstop::sim
