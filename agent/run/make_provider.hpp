// Makes the provider that a policy asks for, and tells it which processes are the agent's own.
#pragma once

#include "agent/run/provider_desk.hpp"

#include <atomic>
#include <memory>

namespace noodstop::run {

// The processes that no provider may hit. This one and pid 1 the providers know by themselves.
class OwnProcesses {
public:
    explicit OwnProcesses(int supervisor) : supervisor_(supervisor) {}
    void set_doors(int pid) { doors_ = pid; }
    // Its number may be given to another process.
    void forget_supervisor() { supervisor_ = 0; }
    int supervisor() const { return supervisor_; }
    int doors() const { return doors_; }

private:
    std::atomic<int> supervisor_;
    std::atomic<int> doors_{0};
};

// What it makes throws std::runtime_error where a provider can't be made; a look then is absent with that reason.
ProviderFactory provider_factory(std::shared_ptr<const OwnProcesses> own);

}  // namespace noodstop::run
