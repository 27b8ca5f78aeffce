// What waits to be stepped, in order of arrival and bounded: an answer that a newer one replaces makes room for it,
// and what is worth least is dropped and counted. Orders, policies and the answers to steps are never dropped.
#pragma once

#include "agent/core/input.hpp"

#include <cstdint>
#include <deque>
#include <vector>

namespace noodstop::run {

inline constexpr std::size_t inputs_max = 4096;

class InputQueue {
public:
    void add(core::Input input);
    // The next, or none. Looks are taken all together, wherever they stand: none of them is judged without the others.
    std::vector<core::Input> take();
    std::size_t size() const { return inputs_.size(); }

    // How many were dropped since the last call.
    std::uint64_t take_dropped();

private:
    bool replaces_waiting_look(core::Look& look);

    std::deque<core::Input> inputs_;
    std::uint64_t dropped_ = 0;
};

}  // namespace noodstop::run
