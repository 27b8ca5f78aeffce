// Lives of an engine, each stopped somewhere: what a store would hold of it then.
#pragma once

#include "tests/support/policy_builder.hpp"

namespace noodstop::fuzz {

struct Image {
    core::Policy policy;
    core::Recovered found;
    core::ClockReading clock;
    bool is_closed = false;  // the zone "dev" is tripped or latched
};

// Made once: begun, watched, held, tripped, latched, blind, with one policy and two zones.
const std::vector<Image>& images();

}  // namespace noodstop::fuzz
