// Reads the command line.
#pragma once

#include "tools/cli/request.hpp"

#include <optional>

namespace noodstop::cli {

struct Parsed {
    Request request;
    std::optional<Exit> exit;  // set: nothing is left to do (help was printed, or a mistake told)
};

Parsed parse_arguments(int count, const char* const* texts);

}  // namespace noodstop::cli
