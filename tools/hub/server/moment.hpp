// The hub's clocks and dice, for everything in it that takes them as arguments.
#pragma once

#include "tools/hub/alerts/send_step.hpp"
#include "tools/hub/server/desk.hpp"

namespace noodstop::hub {

DeskMoment desk_moment();
alerts::SendMoment send_moment();

}  // namespace noodstop::hub
