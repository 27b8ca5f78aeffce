#include "agent/providers/cgroup/provider.hpp"

#include "agent/providers/cgroup/levers.hpp"
#include "agent/providers/cgroup/look.hpp"
#include "agent/providers/cgroup/rehearsal.hpp"

#include <cerrno>

namespace noodstop::providers {
namespace {

// Keeps nothing between calls, so that the look thread and the act thread share nothing that changes.
class CgroupProvider : public core::Provider {
public:
    explicit CgroupProvider(CgroupOptions options) : options_(std::move(options)) {}

    core::Look read() override { return look_at_groups(options_); }
    core::StepReport carry_out(const core::StepOrder& order) override { return pull_lever_on_group(options_, order); }
    core::Observation observe(const core::ResourceId& resource) override { return observe_group(options_, resource); }
    core::Rehearsal rehearse(const std::vector<core::Lever>& levers) override {
        return rehearse_on_groups(options_, levers);
    }

private:
    const CgroupOptions options_;
};

}  // namespace

platform::Result<std::unique_ptr<core::Provider>> make_cgroup_provider(const core::ProviderPolicy& policy,
                                                                       const std::vector<core::Metric>& priced,
                                                                       const ProtectedPids& agent) {
    const auto* settings = std::get_if<core::CgroupSettings>(&policy.settings);
    if (settings == nullptr)
        return platform::Error{EINVAL, "provider " + policy.name.text + " is not configured as a cgroup provider"};
    const platform::Result<Group> root = Group::open_root(settings->root);
    if (!root && root.error().number != ENOENT)
        return root.error();
    return std::unique_ptr<core::Provider>(std::make_unique<CgroupProvider>(
        CgroupOptions{policy.name, settings->root, policy.resources_max, priced, agent}));
}

}  // namespace noodstop::providers
