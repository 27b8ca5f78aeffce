// Carries out `noodstop fleet`: what a hub knows of all its agents.
#pragma once

#include "tools/cli/request.hpp"

namespace noodstop::cli {

// Throws CallFailed.
Exit show_fleet(const FleetRequest& request);

}  // namespace noodstop::cli
