#include "agent/journal/line.hpp"

#include <algorithm>
#include <iterator>
#include <limits>

namespace noodstop::journal {
namespace {

std::uint64_t first_of(core::Lane lane, const EpochBegin& epoch) {
    return lane == core::Lane::facts ? epoch.first_fact : epoch.first_sample;
}

}  // namespace

void Line::begin(EpochBegin epoch) {
    if (!epochs_.empty() && present().first_fact == epoch.first_fact && present().first_sample == epoch.first_sample) {
        epoch.continues = epoch.continues && present().continues;
        epochs_.pop_back();
    }
    epochs_.push_back(epoch);
    if (epochs_.size() > epochs_max)
        epochs_.erase(epochs_.begin());
}

// Where several begin with the same number, all but the last of them are empty in this lane.
std::optional<core::Position> Line::position(core::Lane lane, std::uint64_t sequence) const {
    const auto after = std::upper_bound(
        epochs_.begin(), epochs_.end(), sequence,
        [lane](std::uint64_t wanted, const EpochBegin& epoch) { return wanted < first_of(lane, epoch); });
    if (after == epochs_.begin())
        return std::nullopt;
    return core::Position{std::prev(after)->id, sequence};
}

std::uint64_t Line::end_of_epoch(core::Lane lane, std::uint64_t sequence) const {
    for (const EpochBegin& epoch : epochs_)
        if (first_of(lane, epoch) > sequence)
            return first_of(lane, epoch) - 1;
    return std::numeric_limits<std::uint64_t>::max();
}

std::uint64_t Line::first_known(core::Lane lane) const {
    return epochs_.empty() ? 1 : first_of(lane, epochs_.front());
}

bool Line::holds(core::Lane lane, const core::Position& position) const {
    const auto epoch =
        std::find_if(epochs_.rbegin(), epochs_.rend(), [&](const EpochBegin& one) { return one.id == position.epoch; });
    if (epoch == epochs_.rend() || position.sequence < first_of(lane, *epoch))
        return false;
    if (epoch != epochs_.rbegin() && position.sequence >= first_of(lane, *std::prev(epoch)))
        return false;
    return lane == core::Lane::facts ||
           std::none_of(epochs_.rbegin(), epoch, [](const EpochBegin& later) { return !later.continues; });
}

}  // namespace noodstop::journal
