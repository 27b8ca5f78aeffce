// One look at the children of a control group. Costs about 20 system calls for the root and 11 per child, 3 to 5 more
// where memory is measured or priced: with 100 children about 1,200 and a few milliseconds.
#pragma once

#include "agent/providers/cgroup/group.hpp"
#include "agent/providers/cgroup/settings.hpp"

namespace noodstop::providers {

// Never throws for what the kernel does. Absent where the root is missing or can't be listed; partial where a child
// or the root's own counter can't be read, or where there are more than resources_max.
core::Look look_at_groups(const CgroupOptions& options);

// The part behind opening the root; a root that is removed meanwhile makes the look absent, never empty.
core::Look look_at_children(const CgroupOptions& options, const Group& root);

}  // namespace noodstop::providers
