#include "agent/config/checks.hpp"
#include "agent/config/nearest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

namespace noodstop::config {
namespace {

namespace fs = std::filesystem;

struct Root {
    const Entry* provider;
    fs::path path;  // normalized, symbolic links resolved as far as the path exists
    bool exists;
};

fs::path without_last_slash(const fs::path& path) {
    return path.has_filename() || !path.has_relative_path() ? path : path.parent_path();
}

fs::path resolved(const fs::path& path) {
    std::error_code error;
    const auto real = fs::weakly_canonical(path, error);
    return without_last_slash(error ? path.lexically_normal() : real.lexically_normal());
}

std::vector<Root> roots_of(const Draft& draft) {
    std::vector<Root> roots;
    for (const auto& provider : draft.all("providers")) {
        if (provider.text("kind") != "cgroup" || !provider.has("root"))
            continue;
        std::error_code error;
        const fs::path path = provider.text("root");
        const bool exists = fs::exists(path, error) && !error;
        roots.push_back({&provider, resolved(path), exists});
    }
    return roots;
}

// Whether `inner` is `outer` or lies below it.
bool is_within(const fs::path& inner, const fs::path& outer) {
    const auto [inner_at, outer_at] = std::mismatch(inner.begin(), inner.end(), outer.begin(), outer.end());
    return outer_at == outer.end();
}

void check_overlap(const Scene& scene, const Root& first, const Root& second) {
    if (!is_within(first.path, second.path) && !is_within(second.path, first.path))
        return;
    const auto how = first.path == second.path ? "is the same control group as" : "overlaps with";
    scene.report.mistake(second.provider->spot_of("root"),
                         {second.provider->path_of("root"),
                          fmt::format("{} {} {} of {}.", in_quotes(second.path.string()), how,
                                      in_quotes(first.path.string()), first.provider->path()),
                          "Give each provider a control group of its own, none inside the other: what is in both "
                          "would be charged and stopped twice."});
}

fs::path below(const std::string& mount, const std::string& cgroup) {
    return without_last_slash((fs::path(mount) / fs::path(cgroup).relative_path()).lexically_normal());
}

void check_own_groups(const Scene& scene, const Root& root) {
    const auto mount = resolved(scene.machine.cgroup_mount).string();
    for (const auto& own : scene.machine.own_cgroups) {
        const auto path = below(mount, own);
        if (path == root.path || !is_within(path, root.path))
            continue;
        scene.report.mistake(
            root.provider->spot_of("root"),
            {root.provider->path_of("root"),
             fmt::format("{} has the agent's own control group {} inside: the agent would stop itself.",
                         in_quotes(root.path.string()), in_quotes(path.string())),
             "Name the control group of the load only, or run the agent outside of it."});
        return;
    }
}

void check_mount(const Scene& scene, const Root& root) {
    const auto& mount = scene.machine.cgroup_mount;
    if (!root.exists) {
        scene.report.remark(
            root.provider->spot_of("root"),
            {root.provider->path_of("root"), fmt::format("{} does not exist now.", in_quotes(root.path.string())),
             "The provider is blind until it does."});
        return;
    }
    if (!is_within(root.path, resolved(mount)))
        scene.report.mistake(
            root.provider->spot_of("root"),
            {root.provider->path_of("root"),
             fmt::format("{} is not a control group: it is not below {}.", in_quotes(root.path.string()), mount),
             fmt::format("Write a folder below {}, where this machine has control groups of version 2.", mount)});
}

}  // namespace

void check_control_groups(const Scene& scene) {
    const auto roots = roots_of(scene.draft);
    for (std::size_t i = 0; i < roots.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j)
            check_overlap(scene, roots[j], roots[i]);
        check_own_groups(scene, roots[i]);
        check_mount(scene, roots[i]);
    }
}

}  // namespace noodstop::config
