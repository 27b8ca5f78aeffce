// Where a step's facts are gathered. Keeps a flood of one kind from filling the journal: beyond a burst, facts of a
// kind that is_never_summarized() does not name are counted, and the count is told when the minute is over.
#pragma once

#include "agent/core/archive_units.hpp"
#include "agent/core/fact.hpp"

#include <map>

namespace noodstop::core {

inline constexpr std::uint32_t facts_of_a_kind_max = 60;  // a minute

class FactLog {
public:
    void begin_step(Instant now, WallTime wall);
    std::vector<Fact> take() { return std::move(facts_); }

    // Ask before building an expensive fact; a refusal has been counted.
    bool accepts(FactKind kind);
    // Adds without asking: for kinds that are never summarized, or after accepts().
    void add(Fact fact);
    // Both.
    void note(Fact fact) {
        if (accepts(fact.kind))
            add(std::move(fact));
    }

    template <class Archive>
    friend void describe(Archive& archive, FactLog& log) {
        archive(log.minute_began_, log.counts_);
    }

private:
    void summarize();

    Instant now_;
    WallTime wall_;
    Instant minute_began_;
    std::map<FactKind, std::uint32_t> counts_;  // of this minute
    std::vector<Fact> facts_;
};

}  // namespace noodstop::core
