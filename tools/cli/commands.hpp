// Carries out what a command line asks for.
#pragma once

#include "tools/cli/request.hpp"

namespace noodstop::cli {

// Writes to standard output, mistakes to standard error.
Exit run(const Request& request);

}  // namespace noodstop::cli
