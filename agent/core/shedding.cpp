#include "agent/core/shedding.hpp"

#include <algorithm>
#include <tuple>

namespace noodstop::core {
namespace {

// Everything that may be taken: unknown before baseline, then by `first`, then by name, so that equals have an order.
template <class First>
Choice ordered(const std::vector<Candidate>& candidates, First first) {
    Choice places;
    for (std::size_t index = 0; index < candidates.size(); ++index)
        if (candidates[index].may_be_taken)
            places.push_back(index);
    const auto key = [&](std::size_t index) {
        const Candidate& candidate = candidates[index];
        return std::tuple(candidate.class_ == ResourceClass::baseline, first(candidate), std::cref(candidate.provider),
                          std::cref(candidate.resource));
    };
    std::sort(places.begin(), places.end(), [&key](std::size_t left, std::size_t right) {
        const auto one = key(left);
        const auto other = key(right);
        if (std::get<0>(one) != std::get<0>(other))
            return std::get<0>(one) < std::get<0>(other);
        if (std::get<1>(one) != std::get<1>(other))
            return std::get<1>(one) < std::get<1>(other);
        return std::pair(std::get<2>(one).get(), std::get<3>(one).get()) <
               std::pair(std::get<2>(other).get(), std::get<3>(other).get());
    });
    return places;
}

}  // namespace

Choice shed_dearest(const std::vector<Candidate>& candidates, HourlyRate total, HourlyRate shed_to) {
    Choice taken;
    for (const std::size_t index : ordered(candidates, [](const Candidate& one) { return HourlyRate{} - one.rate; })) {
        const Candidate& candidate = candidates[index];
        const bool take_anyway = shed_to == HourlyRate{} && candidate.class_ == ResourceClass::unknown;
        if (total <= shed_to && !take_anyway)
            continue;
        taken.push_back(index);
        total = total - candidate.rate;
    }
    return taken;
}

Choice shed_newest(const std::vector<Candidate>& candidates, std::int64_t counted, std::int64_t stop) {
    Choice taken;
    const auto newest = [](const Candidate& one) { return Instant{} - one.first_seen.since_origin; };
    for (const std::size_t index : ordered(candidates, newest)) {
        if (counted < stop)
            break;
        if (candidates[index].weight == 0)
            continue;
        taken.push_back(index);
        counted -= candidates[index].weight;
    }
    return taken;
}

Choice shed_offenders(const std::vector<Candidate>& candidates) {
    Choice taken = ordered(candidates, [](const Candidate& one) { return HourlyRate{} - one.rate; });
    std::erase_if(taken, [&candidates](std::size_t index) { return !candidates[index].offends; });
    return taken;
}

Choice shed_all(const std::vector<Candidate>& candidates) {
    return ordered(candidates, [](const Candidate& one) { return HourlyRate{} - one.rate; });
}

}  // namespace noodstop::core
