// What checkers are told: what the agent did to the world, what it said, and what truly happened. A checker knows the
// rules and the world, never the product's own reckoning.
#pragma once

#include "agent/core/order.hpp"
#include "agent/core/record.hpp"
#include "agent/core/snapshot.hpp"
#include "tests/sim/plan.hpp"

#include <memory>
#include <string>
#include <vector>

namespace noodstop::sim {

enum class Ending : std::uint8_t { process_death, power_loss, orderly };

// What has gone wrong so far that the rules make no promise about, or a smaller one.
struct Excuses {
    bool disk_forgets = false;   // durable bytes were lost: damage, old snapshots, lying syncs
    bool database_lost = false;  // the latches' files were not
    bool latches_lost = false;
    bool numbers_lost = false;  // how far the numbers of facts had come may be lost with them
    bool clouds_lie = false;    // a look showed something as everything that wasn't, or as new what was old
    bool clock_wrong = false;   // wall time was wrong while the agent had to believe it
    bool prices_changed = false;
    bool bills_came = false;       // late ones, which may be charged
    bool figures_unknown = false;  // a look could not tell some figures
    bool overflowed = false;       // more resources than resources_max: the rest is held against, not metered
    bool zones_changed = false;    // what a limit covers
};

class World;

class Checker {
public:
    virtual ~Checker() = default;
    virtual const char* name() const = 0;

    virtual void begin(const World&) {}
    // The agent's life.
    virtual void started(const core::Recovered&) {}
    virtual void ended(Ending) {}
    virtual void decided(const std::vector<core::RecordedFact>&) {}
    virtual void published(const core::Snapshot&) {}
    virtual void latch_sent(const core::Latch&) {}
    virtual void latch_kept(const core::Latch&, bool /*durable*/) {}
    virtual void persist_sent(const core::RecordBatch&, bool /*whole_state*/) {}
    virtual void persist_answered(const core::RecordBatch&, bool /*durable*/) {}
    virtual void step_started(const core::StepOrder&) {}
    virtual void step_reported(const core::StepReport&) {}
    virtual void ordered(const core::Order&) {}
    virtual void replied(const core::Order&, const core::OrderAnswer&) {}
    virtual void journal_read(const std::vector<core::RecordedFact>&, bool /*complete*/) {}
    // The world.
    virtual void policy_given(const core::Policy&) {}
    virtual void look_delivered(const core::Look&, Duration /*asked_at*/, Duration /*read_at*/) {}
    virtual void observation_delivered(const core::Observation&) {}
    virtual void quiet() {}
    virtual void end() {}
    // After the quiet: nothing is under way any more that this checker would wait for.
    virtual bool is_at_rest() const { return true; }

    const std::string& failure() const { return failure_; }

protected:
    const World& world() const { return *world_; }
    void fail(std::string sentence) {
        if (failure_.empty())
            failure_ = std::move(sentence);
    }

private:
    friend class World;
    const World* world_ = nullptr;
    std::string failure_;
};

using Checkers = std::vector<std::unique_ptr<Checker>>;
Checkers all_checkers();

}  // namespace noodstop::sim
