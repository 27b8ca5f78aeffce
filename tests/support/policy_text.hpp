// A policy written as configuration, with every key spelt out: what is read from it must be the same policy. A writer
// of its own, since the product has none, that shares nothing with the reader.
#pragma once

#include "agent/core/policy.hpp"

#include <optional>
#include <string>

namespace noodstop::tests {

// Nothing where a value has no text: a moment outside of the years 0 to 9999.
std::optional<std::string> policy_text(const core::Policy& policy);

}  // namespace noodstop::tests
