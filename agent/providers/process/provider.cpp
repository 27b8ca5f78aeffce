#include "agent/providers/process/provider.hpp"

#include "agent/providers/process/levers.hpp"
#include "agent/providers/process/look.hpp"

#include <cerrno>

namespace noodstop::providers {
namespace {

class ProcessProvider : public core::Provider {
public:
    explicit ProcessProvider(ProcessOptions options) : options_(std::move(options)) {}

    core::Look read() override { return look_at_processes(options_, followed_); }
    core::StepReport carry_out(const core::StepOrder& order) override {
        return pull_lever_on_process(options_, followed_, order);
    }
    core::Observation observe(const core::ResourceId& resource) override { return observe_process(options_, resource); }
    core::Rehearsal rehearse(const std::vector<core::Lever>& levers) override {
        FollowedProcesses nobody;  // a look of its own: it must not disturb what read() follows on its thread
        return rehearse_on_processes(options_, look_at_processes(options_, nobody), levers);
    }

private:
    const ProcessOptions options_;
    FollowedProcesses followed_;
};

}  // namespace

platform::Result<std::unique_ptr<core::Provider>> make_process_provider(const core::ProviderPolicy& policy,
                                                                        const std::vector<core::Metric>& priced,
                                                                        const ProtectedPids& agent) {
    const auto* settings = std::get_if<core::ProcessSettings>(&policy.settings);
    if (settings == nullptr)
        return platform::Error{EINVAL, "provider " + policy.name.text + " is not configured as a process provider"};
    const platform::Result<ProcessSelectors> selectors = resolve_selectors(*settings);
    if (!selectors)
        return selectors.error();
    ProcessOptions options{policy.name, *selectors, policy.resources_max, priced, agent};
    if (platform::Status allowed = check_agent_is_not_selected(options); !allowed)
        return allowed.error();
    return std::unique_ptr<core::Provider>(std::make_unique<ProcessProvider>(std::move(options)));
}

}  // namespace noodstop::providers
