// Engines in states that several tests begin with.
#pragma once

#include "tests/support/policy_builder.hpp"

namespace noodstop::tests {

using Texts = std::vector<std::string>;

inline core::Policy limited(std::vector<core::Limit> limits) {
    core::Policy policy = small_policy();
    policy.limits = std::move(limits);
    return policy;
}

// "a", "b" and "c" came one after the other, and the third is one too many.
inline EngineRig tripped_by_count() {
    EngineRig rig(limited({count_limit("machines", 3)}));
    rig.begin(machines({"a"}));
    rig.watch(machines({"a", "b"}), 1);
    rig.pass(1s);
    rig.look(machines({"a", "b", "c"}));
    return rig;
}

// Stops what "c" needs and lets the safe state be seen.
inline void settle(EngineRig& rig, const Texts& stopped, const Texts& left) {
    rig.pass(100ms);
    for (const std::string& id : stopped)
        rig.observe(id, core::Observed::gone);
    rig.pass(1s);
    rig.look(machines(left));
}

inline EngineRig latched_by_count() {
    EngineRig rig = tripped_by_count();
    settle(rig, {"c"}, {"a", "b"});
    return rig;
}

// The engine that a crash leaves behind on the same machine: what was durable, and the clock that went on.
inline EngineRig restarted(const EngineRig& crashed, core::Policy policy, const core::Recovered& found,
                           core::Duration later = 2s) {
    EngineRig rig(std::move(policy), found);
    rig.clock = crashed.clock;
    rig.durable = found;
    rig.pass(later);
    return rig;
}

}  // namespace noodstop::tests
