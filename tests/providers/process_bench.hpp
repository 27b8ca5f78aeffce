// What the tests of the process provider share: a program of our own to select by, and short forms.
#pragma once

#include "agent/providers/process/provider.hpp"
#include "agent/providers/process/selection.hpp"
#include "tests/providers/load.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <unistd.h>

namespace noodstop::testing {

inline std::string own_executable() {
    return std::filesystem::read_symlink("/proc/self/exe");
}

inline std::string temporary_path(const std::string& name) {
    return "/tmp/noodstop-test-" + std::to_string(::getpid()) + "-" + name;
}

// A copy of `sleep` under a path of its own, so that a selector by executable matches our processes only.
class OwnExecutable {
public:
    OwnExecutable() { std::filesystem::copy_file("/bin/sleep", path_); }
    ~OwnExecutable() { std::filesystem::remove(path_); }
    const std::string& path() const { return path_; }
    std::function<void()> body() const {
        return [path = path_] { ::execl(path.c_str(), path.c_str(), "1000", nullptr); };
    }
    bool runs_in(pid_t pid) const {
        return wait_until([&] {
            const auto executable = platform::read_executable(pid);
            return executable && *executable == path_;
        });
    }

private:
    std::string path_ = temporary_path("sleep");
};

inline std::string id_of(pid_t pid) {
    const auto stat = platform::read_process_stat(pid);
    return stat ? providers::to_text({pid, stat->start_ticks}) : "";
}

inline platform::Result<std::unique_ptr<core::Provider>> make_processes(const core::ProcessSettings& settings,
                                                                        const providers::ProtectedPids& agent = {}) {
    core::ProviderPolicy policy;
    policy.name = {"jobs"};
    policy.settings = settings;
    return providers::make_process_provider(policy, {}, agent);
}

inline std::unique_ptr<core::Provider> make_good(const core::ProcessSettings& settings,
                                                 const providers::ProtectedPids& agent = {}) {
    auto made = make_processes(settings, agent);
    REQUIRE_MESSAGE(made, made.error().message);
    return std::move(*made);
}

inline core::StepReport pull(core::Provider& provider, core::Lever lever, const std::string& id) {
    return provider.carry_out({{3}, {"zone"}, {"jobs"}, {id}, lever});
}

inline bool becomes(core::Provider& provider, const std::string& id, core::Observed wanted) {
    return wait_until([&] { return provider.observe({id}).observed == wanted; });
}

}  // namespace noodstop::testing
