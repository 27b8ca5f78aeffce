#include "tools/hub/server/moment.hpp"

#include <sys/random.h>

#include <chrono>

namespace noodstop::hub {
namespace {

// Delays of many hubs must not agree; nobody is harmed who guesses them.
platform::Dice throw_dice() {
    platform::Dice dice;
    (void)::getrandom(&dice.value, sizeof dice.value, GRND_NONBLOCK);
    return dice;
}

}  // namespace

DeskMoment desk_moment() {
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    const auto wall = std::chrono::system_clock::now().time_since_epoch();
    return {{std::chrono::duration_cast<core::Duration>(now)}, {std::chrono::duration_cast<core::Duration>(wall)}};
}

alerts::SendMoment send_moment() {
    const DeskMoment moment = desk_moment();
    return {moment.now, moment.wall, throw_dice()};
}

}  // namespace noodstop::hub
