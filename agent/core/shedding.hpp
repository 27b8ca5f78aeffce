// What a trip takes (DESIGN.md 2, "shedding"): never the protected; the unknown first; baseline only where the mandate
// lets it.
#pragma once

#include "agent/core/authority.hpp"

namespace noodstop::core {

// A resource that a trip may take or leave.
struct Candidate {
    std::size_t zone = 0;  // index, the caller's
    ProviderName provider;
    ResourceId resource;
    ResourceClass class_ = ResourceClass::unknown;  // never protected
    bool may_be_taken = true;                       // false: baseline without a grant
    HourlyRate rate;
    Instant first_seen;
    std::int64_t weight = 1;  // what a count limit counts of it
    bool offends = false;     // against an allow limit
};

// Places of the candidates to take, in the order in which to take them.
using Choice = std::vector<std::size_t>;

// Spend and rate: unknown ones, dearest first, then baseline, until `total` is at most `shed_to`. At a shed_to of zero
// every unknown one is taken: what idles now may burn in a second.
Choice shed_dearest(const std::vector<Candidate>& candidates, HourlyRate total, HourlyRate shed_to);

// Count: the newest until `counted` is below `stop`.
Choice shed_newest(const std::vector<Candidate>& candidates, std::int64_t counted, std::int64_t stop);

// Allow: the offenders.
Choice shed_offenders(const std::vector<Candidate>& candidates);

// A manual trip: whatever may be taken.
Choice shed_all(const std::vector<Candidate>& candidates);

}  // namespace noodstop::core
