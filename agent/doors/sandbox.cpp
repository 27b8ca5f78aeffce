#include "agent/doors/sandbox.hpp"

#include "platform/process/call_filter.hpp"
#include "platform/process/file_fence.hpp"
#include "platform/process/hardening.hpp"
#include "platform/unix_socket/forbid_binding.hpp"

#include <fmt/core.h>
#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <unistd.h>

namespace noodstop::doors {
namespace {

namespace fs = std::filesystem;

// What the C library reads to look names up, and the modules that it loads for it.
constexpr const char* system_folders[] = {"/etc", "/lib", "/lib64", "/usr/lib", "/usr/lib64", "/proc/self"};

// Sanitizers map terabytes that they never touch.
constexpr bool has_sanitizer =
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
    true;
#else
    false;
#endif
#else
    false;
#endif

std::vector<std::string> secret_files(const core::ChannelPolicy& policy) {
    std::vector<std::string> files;
    const auto add = [&](const core::TlsFiles& tls) {
        files.insert(files.end(), {tls.certificate, tls.key, tls.authorities});
    };
    if (policy.remote)
        add(policy.remote->tls);
    if (policy.uplink)
        add(policy.uplink->tls);
    for (const core::ExporterPolicy& exporter : policy.exporters) {
        add(exporter.tls);
        files.push_back(exporter.token_file);
    }
    std::erase(files, "");
    return files;
}

// The folder of a file, or the nearest one above it that is there: the file may come later. Never all of them.
void add_folder_of(const fs::path& file, std::vector<std::string>& folders) {
    std::error_code ignored;
    fs::path folder = file.parent_path();
    while (folder.has_relative_path() && !fs::is_directory(folder, ignored))
        folder = folder.parent_path();
    if (folder.has_relative_path())
        folders.push_back(folder.string());
}

// Names are exchanged by links to other folders (certbot, Kubernetes): what they lead to counts too.
void add_place_of(const std::string& file, std::vector<std::string>& folders) {
    add_folder_of(file, folders);
    std::error_code error;
    if (const fs::path target = fs::canonical(file, error); !error)
        add_folder_of(target, folders);
}

platform::Status limit(decltype(RLIMIT_NOFILE) what, std::uint64_t most, const char* name) {
    rlimit present{};
    if (::getrlimit(what, &present) != 0)
        return platform::system_error(errno, std::string("ask for the limit of ") + name);
    const rlimit wanted{std::min<rlim_t>(present.rlim_max, most), std::min<rlim_t>(present.rlim_max, most)};
    if (::setrlimit(what, &wanted) != 0)
        return platform::system_error(errno, std::string("limit ") + name);
    return platform::Done{};
}

void say_if_missing(const platform::Status& status) {
    if (!status)
        fmt::print(stderr, "doors: goes on with less of a sandbox: {}\n", status.error().message);
}

}  // namespace

platform::Status give_up_root(const core::AgentPolicy& policy) {
    if (::geteuid() != 0)
        return platform::Done{};
    return platform::drop_privileges({policy.doors_user, {}});
}

platform::Status limit_resources(const core::ChannelPolicy& policy) {
    const std::uint64_t remote = policy.remote ? policy.remote->connections_max : 0;
    if (platform::Status status = limit(RLIMIT_CORE, 0, "core files"); !status)
        return status;
    if (platform::Status status = limit(RLIMIT_NOFILE, doors_own_descriptors_max + remote, "open files"); !status)
        return status;
    return has_sanitizer ? platform::Done{} : limit(RLIMIT_AS, doors_address_space_bytes_max, "the address space");
}

std::vector<std::string> readable_folders(const core::ChannelPolicy& policy) {
    std::vector<std::string> folders(std::begin(system_folders), std::end(system_folders));
    add_place_of("/etc/resolv.conf", folders);
    for (const std::string& file : secret_files(policy))
        add_place_of(file, folders);
    return folders;
}

platform::Status enter_sandbox(const core::AgentPolicy& policy) {
    if (platform::Status status = give_up_root(policy); !status)
        return status;
    say_if_missing(limit_resources(policy.channel));
    say_if_missing(platform::forbid_binding());
    say_if_missing(platform::fence_files(readable_folders(policy.channel)));
    say_if_missing(platform::filter_calls());
    return platform::Done{};
}

}  // namespace noodstop::doors
