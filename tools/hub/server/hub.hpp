// The program noodstop-hub: everything of it, in the order of its making.
#pragma once

#include "tools/hub/server/options.hpp"

namespace noodstop::hub {

// Runs until it is told to end. Returns the exit code; standard error has the reason of every code but 0.
int run_hub(const HubOptions& options);

}  // namespace noodstop::hub
