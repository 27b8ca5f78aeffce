// What the parts of the cgroup provider share: which root, under which name, and what they may never hit.
#pragma once

#include "agent/providers/local.hpp"
#include "platform/result.hpp"

#include <string>
#include <vector>

namespace noodstop::providers {

struct CgroupOptions {
    core::ProviderName name;
    std::string root;
    std::uint32_t resources_max = 10'000;
    std::vector<core::Metric> priced;
    ProtectedPids agent;
};

inline constexpr const char* cgroup_kind = "cgroup";  // also the SKU and the family
inline constexpr const char* root_resource = ".";     // the processes directly in the root

// An error with a sentence if the id can't be that of a direct child of the root. "." is none.
platform::Status check_child_id(const std::string& id);

}  // namespace noodstop::providers
