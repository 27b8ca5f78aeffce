// What was acknowledged is in the journal for ever after, unchanged, under a number that nothing else ever gets; a
// person is told that an order is carried out only when that is durable, or the disk has had its time; and a start
// takes up no state that nobody wrote, whatever became of the disk.
#include "tests/sim/check/checks.hpp"

#include <algorithm>
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
        for (Accepted& one : accepted_)
            for (const core::RecordedFact& fact : batch.facts)
                one.durable = one.durable || one.sequence == fact.sequence;
    }

    void replied(const core::Order& order, const core::OrderAnswer& answer) override {
        if (!answer.accepted)
            return;
        const auto told = std::find_if(accepted_.begin(), accepted_.end(), [&](const Accepted& one) {
            return one.kind == core::to_text(order.kind) && one.zone == order.zone && one.limit == order.limit;
        });
        const std::string what = std::string("an order to ") + core::to_text(order.kind) + " is answered before ";
        if (told == accepted_.end())
            return fail(what + "a fact tells it");
        if (!told->durable && world().now() - told->decided < world().configuration().agent.durability_deadline)
            fail(what + "fact " + std::to_string(told->sequence) + " is durable or the deadline has passed");
        accepted_.erase(told);
    }

    void decided(const std::vector<core::RecordedFact>& facts) override {
        for (const core::RecordedFact& fact : facts) {
            if (fact.sequence <= last_)
                fail("fact " + std::to_string(fact.sequence) + " is decided after fact " + std::to_string(last_));
            if (!world().excuses().numbers_lost && acknowledged_.contains(fact.sequence))
                fail("fact " + std::to_string(fact.sequence) + " gets the number of one that was acknowledged");
            last_ = fact.sequence;
            if (fact.fact.kind == core::FactKind::order_accepted)
                accepted_.push_back(
                    {fact.sequence, world().now(), order_of(fact.fact), fact.fact.zone, fact.fact.limit});
        }
    }

    void ended(Ending) override {
        last_ = 0;
        accepted_.clear();
    }

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
    // Of this process, and not answered yet.
    struct Accepted {
        std::uint64_t sequence = 0;
        Duration decided{0};
        std::string kind;
        core::ZoneName zone;
        core::LimitName limit;
        bool durable = false;
    };

    static std::string order_of(const core::Fact& fact) {
        for (const core::FactField& field : fact.fields)
            if (field.name == "order")
                return field.value;
        return {};
    }

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
    std::vector<Accepted> accepted_;
};

}  // namespace

std::unique_ptr<Checker> make_durability_checker() {
    return std::make_unique<DurabilityChecker>();
}

}  // namespace noodstop::sim
