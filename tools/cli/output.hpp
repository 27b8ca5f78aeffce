// Where commands write: results to standard output, mistakes to standard error.
#pragma once

#include "tools/cli/style.hpp"

#include <string>

namespace noodstop::cli {

bool is_terminal();  // is standard output one?
Style style_of_output();
void print(const std::string& text);
bool is_output_open();  // nobody has closed its other end
void complain(const std::string& text);

}  // namespace noodstop::cli
