#include "agent/doors/fact_ring.hpp"

namespace noodstop::doors {
namespace {

bool wants(const codec::FactQuery& query, const core::Fact& fact) {
    return (query.tenant.empty() || query.tenant == fact.tenant) && (query.zone.empty() || query.zone == fact.zone);
}

}  // namespace

void FactRing::add(const std::vector<core::RecordedFact>& facts) {
    for (const core::RecordedFact& fact : facts) {
        if (fact.sequence <= last_sequence())
            facts_.clear();
        facts_.push_back(fact);
        if (facts_.size() > facts_max_)
            facts_.pop_front();
    }
}

codec::WatchedFacts FactRing::after(const codec::FactQuery& query) const {
    codec::WatchedFacts watched;
    std::uint64_t expected = query.after + 1;
    for (const core::RecordedFact& fact : facts_) {
        if (fact.sequence < expected)
            continue;
        watched.missed_count += fact.sequence - expected;
        expected = fact.sequence + 1;
        if (wants(query, fact.fact))
            watched.facts.push_back(fact);
    }
    return watched;
}

}  // namespace noodstop::doors
