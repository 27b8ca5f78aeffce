#include "agent/run/input_queue.hpp"

#include <algorithm>
#include <utility>

namespace noodstop::run {
namespace {

// Observations are asked for again and rehearsals time out; a notice is a remark.
bool may_be_dropped(const core::Input& input) {
    return std::holds_alternative<core::Observation>(input) || std::holds_alternative<core::Rehearsal>(input) ||
           std::holds_alternative<core::Notice>(input) || std::holds_alternative<core::Tick>(input);
}

bool is_look(const core::Input& input) {
    return std::holds_alternative<core::Look>(input);
}

}  // namespace

void InputQueue::add(core::Input input) {
    if (auto* look = std::get_if<core::Look>(&input); look && replaces_waiting_look(*look))
        return;
    if (inputs_.size() >= inputs_max && may_be_dropped(input)) {
        ++dropped_;
        return;
    }
    inputs_.push_back(std::move(input));
}

std::vector<core::Input> InputQueue::take() {
    std::vector<core::Input> taken;
    if (inputs_.empty())
        return taken;
    if (!is_look(inputs_.front())) {
        taken.push_back(std::move(inputs_.front()));
        inputs_.pop_front();
        return taken;
    }
    // Nothing is lost where memory ends: only the first of these allocates.
    taken.reserve(static_cast<std::size_t>(std::count_if(inputs_.begin(), inputs_.end(), is_look)));
    for (core::Input& input : inputs_)
        if (is_look(input))
            taken.push_back(std::move(input));
    std::erase_if(inputs_, is_look);
    return taken;
}

std::uint64_t InputQueue::take_dropped() {
    return std::exchange(dropped_, 0);
}

// Of two looks that wait, the one that was taken later tells more; an absent one tells nothing.
bool InputQueue::replaces_waiting_look(core::Look& look) {
    for (core::Input& input : inputs_) {
        auto* waiting = std::get_if<core::Look>(&input);
        if (!waiting || waiting->provider != look.provider)
            continue;
        const bool tells_more = look.quality != core::LookQuality::absent && look.taken_at >= waiting->taken_at;
        if (tells_more || waiting->quality == core::LookQuality::absent)
            *waiting = std::move(look);
        return true;
    }
    return false;
}

}  // namespace noodstop::run
