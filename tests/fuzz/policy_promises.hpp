// What agent/core/policy.hpp and mandate.hpp promise of every policy that configuration lets through.
#pragma once

#include "agent/core/policy.hpp"

namespace noodstop::fuzz {

// Ends the process with the first promise that is broken.
void claim_promises(const core::Policy& policy);

}  // namespace noodstop::fuzz
