#include "agent/run/make_provider.hpp"

#include "agent/providers/cgroup/provider.hpp"
#include "agent/providers/process/provider.hpp"

#include <stdexcept>
#include <utility>

namespace noodstop::run {
namespace {

using MadeProvider = platform::Result<std::unique_ptr<core::Provider>>;

MadeProvider make(const ProviderSetup& setup, const providers::ProtectedPids& agent) {
    if (std::holds_alternative<core::CgroupSettings>(setup.provider.settings))
        return providers::make_cgroup_provider(setup.provider, providers::priced_metrics(setup.prices, "cgroup"),
                                               agent);
    return providers::make_process_provider(setup.provider, providers::priced_metrics(setup.prices, "process"), agent);
}

}  // namespace

ProviderFactory provider_factory(std::shared_ptr<const OwnProcesses> own) {
    return [own = std::move(own)](const ProviderSetup& setup) {
        providers::ProtectedPids agent{.supervisor = own->supervisor()};
        if (own->doors() > 0)
            agent.pids.push_back(own->doors());
        MadeProvider made = make(setup, agent);
        if (!made)
            throw std::runtime_error(made.error().message);
        return std::move(*made);
    };
}

}  // namespace noodstop::run
