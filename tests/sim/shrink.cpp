#include "tests/sim/life.hpp"

namespace noodstop::sim {
namespace {

bool fails_alike(Lives& lives, std::uint64_t seed, const Variant& variant, const std::string& checker) {
    return lives.live(seed, variant).checker() == checker;
}

// One after the other, until nothing more can be left out: what mattered only together with something that is gone now
// goes in a later round.
void leave_out_happenings(Lives& lives, std::uint64_t seed, const std::string& checker, Variant& variant) {
    const std::size_t count = draw_plan(seed).happenings.size();
    for (bool went = true; went;) {
        went = false;
        for (std::size_t place = 0; place < count; ++place) {
            if (variant.without.contains(place))
                continue;
            Variant shorter = variant;
            shorter.without.insert(place);
            if (!fails_alike(lives, seed, shorter, checker))
                continue;
            variant = shorter;
            went = true;
        }
    }
}

void end_earlier(Lives& lives, std::uint64_t seed, const std::string& checker, Variant& variant) {
    Duration fails = draw_plan(seed).end_at, passes{0};
    while (fails - passes > std::chrono::milliseconds(1)) {
        const Duration middle = passes + (fails - passes) / 2;
        Variant shorter = variant;
        shorter.end_at = middle;
        if (fails_alike(lives, seed, shorter, checker)) {
            fails = middle;
            variant = shorter;
        } else {
            passes = middle;
        }
    }
}

}  // namespace

Variant shrink(Lives& lives, std::uint64_t seed, const Outcome& failed) {
    Variant variant;
    leave_out_happenings(lives, seed, failed.checker(), variant);
    end_earlier(lives, seed, failed.checker(), variant);
    return variant;
}

}  // namespace noodstop::sim
