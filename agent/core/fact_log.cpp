#include "agent/core/fact_log.hpp"

namespace noodstop::core {

void FactLog::begin_step(Instant now, WallTime wall) {
    now_ = now;
    wall_ = wall;
    if (now - minute_began_ >= std::chrono::minutes(1)) {
        summarize();
        minute_began_ = now;
    }
}

bool FactLog::accepts(FactKind kind) {
    return is_never_summarized(kind) || ++counts_[kind] <= facts_of_a_kind_max;
}

void FactLog::add(Fact fact) {
    fact.at = now_;
    fact.wall = wall_;
    facts_.push_back(std::move(fact));
}

void FactLog::summarize() {
    for (const auto& [kind, count] : counts_) {
        if (count <= facts_of_a_kind_max)
            continue;
        Fact fact;
        fact.kind = FactKind::facts_summarized;
        fact.fields = {{"kind", to_text(kind)}, {"left_out", std::to_string(count - facts_of_a_kind_max)}};
        add(std::move(fact));
    }
    counts_.clear();
}

}  // namespace noodstop::core
