// What the words of a scenario's lines mean: durations, amounts, dates, names.
#pragma once

#include "agent/core/engine.hpp"

#include <string>
#include <vector>

namespace noodstop::scenario {

using Words = std::vector<std::string>;

// Throws std::runtime_error, as all below do for what they can't understand.
[[noreturn]] void wrong(const std::string& why);

// Words are separated by blanks; "quoted text" is one word.
Words split(const std::string& line);

// What follows `mark`; empty if it isn't there.
std::string after(const Words& words, const std::string& mark);
bool mentions(const Words& words, const std::string& mark);

// "a,b" is two names; "pool-1..12" is twelve.
std::vector<std::string> names(const std::string& text);

core::Duration duration(const std::string& text);  // "1h30m", "200ms"
std::int64_t thousandths(const std::string& text);
core::Money money(const std::string& text);
core::WallTime wall_time(const std::string& text);  // "2026-03-01T12:00:00Z", or the day alone
core::Lever lever(const std::string& name);

}  // namespace noodstop::scenario
