// A fact as one line of JSON, as notification commands get it on standard input.
#pragma once

#include "agent/core/fact.hpp"

#include <string>

namespace noodstop::run {

// {"agent":"...","sequence":1,"kind":"tripped","time":"2026-11-21T18:00:00Z","tenant":"...","zone":"...",
//  "provider":"...","resource":"...","limit":"...","fields":{...},"text":"tripped zone=..."} and a line feed. Names
// that don't apply are left out.
std::string to_json(const std::string& agent, const core::RecordedFact& fact);

}  // namespace noodstop::run
