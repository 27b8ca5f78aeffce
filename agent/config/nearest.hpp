// Helps people out of typing mistakes: the known name that was probably meant ("Did you mean ..."), and user text made
// fit for a message.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace noodstop::config {

// Empty if nothing is near enough to be worth saying.
std::string nearest_name(std::string_view typed, const std::vector<std::string>& known);

// A whole sentence for a cure: `Did you mean "stop"?`, else `Known names are "a", "b".`, else `There are no ...`.
std::string did_you_mean(std::string_view typed, const std::vector<std::string>& known, const std::string& plural);

// Control characters shown as \x1b, so that no message can confuse a terminal.
std::string printable(std::string_view text);

// The same in double quotes, over-long texts cut.
std::string in_quotes(std::string_view text);

}  // namespace noodstop::config
