// The adapter to the TOML library: text in, neutral tree or the place of the first syntax error out.
#pragma once

#include "agent/config/node.hpp"

#include <variant>

namespace noodstop::config {

struct SyntaxError {
    int line = 0;
    int column = 0;
    std::string description;
};

// Never throws. Texts that nest deeper than nesting_max are refused before the library sees them.
std::variant<Node, SyntaxError> parse_toml(const std::string& text);

}  // namespace noodstop::config
