// What the tests of the cgroup provider's stop side share.
#pragma once

#include "agent/providers/cgroup/provider.hpp"
#include "tests/providers/load.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>

namespace noodstop::testing {

// The provider over a group of our own, as the path uses it.
struct CgroupBench {
    TestGroup root;
    std::unique_ptr<core::Provider> provider = make({});

    std::unique_ptr<core::Provider> make(const providers::ProtectedPids& agent) const {
        core::ProviderPolicy policy;
        policy.name = {"machine"};
        policy.settings = core::CgroupSettings{root.path()};
        auto made = providers::make_cgroup_provider(policy, {}, agent);
        REQUIRE(made);
        return std::move(*made);
    }
    core::StepReport pull(core::Lever lever, const std::string& id) const {
        return provider->carry_out({{7}, {"zone"}, {"machine"}, {id}, lever});
    }
    core::Observed observe(const std::string& id) const { return provider->observe({id}).observed; }
    bool becomes(const std::string& id, core::Observed wanted) const {
        return wait_until([&] { return observe(id) == wanted; });
    }
};

inline std::size_t processes_below(const std::string& path) {
    std::size_t count = 0;
    const std::string own = read_text(path + "/cgroup.procs");
    count += static_cast<std::size_t>(std::count(own.begin(), own.end(), '\n'));
    for (const auto& entry : std::filesystem::directory_iterator(path))
        count += entry.is_directory() ? processes_below(entry.path()) : 0;
    return count;
}

}  // namespace noodstop::testing
