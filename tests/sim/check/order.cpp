// Intent, act, observation, outcome, in this order: no step leaves before its intent is durable or the durability
// deadline has passed, none without an intent, and no outcome is told that was not observed.
#include "tests/sim/check/checks.hpp"

#include <map>
#include <set>
#include <tuple>

namespace noodstop::sim {
namespace {

using Target = std::pair<core::ProviderName, core::ResourceId>;

std::string field(const core::Fact& fact, const char* name) {
    for (const core::FactField& one : fact.fields)
        if (one.name == name)
            return one.value;
    return {};
}

class OrderChecker : public Checker {
public:
    const char* name() const override { return "order"; }

    void persist_answered(const core::RecordBatch& batch, bool durable) override {
        if (!durable)
            return;
        for (const core::RecordedFact& fact : batch.facts)
            durable_.insert(fact.sequence);
    }

    void decided(const std::vector<core::RecordedFact>& facts) override {
        for (const core::RecordedFact& recorded : facts) {
            const core::Fact& fact = recorded.fact;
            if (fact.kind == core::FactKind::step_intended)
                intend(recorded);
            else if (fact.kind == core::FactKind::stop_observed)
                outcome(fact);
        }
    }

    // A step without a fact of its own (a retry told sparingly) still has an intent for its target and lever.
    void step_started(const core::StepOrder& order) override {
        const Intent& intent = intents_[{order.zone, order.provider, order.resource, core::to_text(order.lever)}];
        if (intent.sequence == 0)
            return fail("step " + std::to_string(order.id.number) + " leaves without an intent");
        if (intent.step == order.id.number && !durable_.contains(intent.sequence) &&
            world().now() - intent.decided < world().configuration().agent.durability_deadline)
            fail("step " + std::to_string(order.id.number) + " leaves before its intent, fact " +
                 std::to_string(intent.sequence) + ", is durable or the deadline has passed");
        const std::uint64_t known_by = intent_of_step_[order.id.number];
        const auto [place, is_new] = steps_.try_emplace(order.id.number, Started{order.resource.text, known_by});
        if (is_new || place->second.resource == order.resource.text)
            return;
        if (!world().excuses().disk_forgets)
            fail("step " + std::to_string(order.id.number) + " is given twice");
        place->second = {order.resource.text, known_by};
    }

    // A number whose intent never reached the disk may be given again after a crash.
    void ended(Ending) override {
        std::erase_if(steps_, [this](const auto& step) { return !durable_.contains(step.second.intent); });
    }

    void observation_delivered(const core::Observation& seen) override {
        seen_[{seen.provider, seen.resource}] = seen.observed;
    }

private:
    struct Intent {
        std::uint64_t sequence = 0;
        std::uint64_t step = 0;
        Duration decided{0};
    };

    struct Started {
        std::string resource;
        std::uint64_t intent = 0;  // the fact's number
    };

    void intend(const core::RecordedFact& recorded) {
        const core::Fact& fact = recorded.fact;
        const std::uint64_t step = std::stoull(field(fact, "step"));
        intents_[{fact.zone, fact.provider, fact.resource, field(fact, "lever")}] = {recorded.sequence, step,
                                                                                     world().now()};
        intent_of_step_[step] = recorded.sequence;
    }

    void outcome(const core::Fact& fact) {
        const auto seen = seen_.find({fact.provider, fact.resource});
        if (seen == seen_.end() || field(fact, "observed") != core::to_text(seen->second))
            return fail(fact.provider.text + "/" + fact.resource.text + " is told to be observed " +
                        field(fact, "observed") + ", and nobody saw that");
        if (seen->second == core::Observed::unknown)
            fail(fact.provider.text + "/" + fact.resource.text +
                 " could not be observed, and that is told as an outcome");
    }

    std::set<std::uint64_t> durable_;
    std::map<std::tuple<core::ZoneName, core::ProviderName, core::ResourceId, std::string>, Intent> intents_;
    std::map<std::uint64_t, std::uint64_t> intent_of_step_;
    std::map<std::uint64_t, Started> steps_;
    std::map<Target, core::Observed> seen_;
};

}  // namespace

std::unique_ptr<Checker> make_order_checker() {
    return std::make_unique<OrderChecker>();
}

}  // namespace noodstop::sim
