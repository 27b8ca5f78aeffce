#include "agent/providers/cgroup/rehearsal.hpp"

#include "agent/providers/cgroup/signals.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <functional>

namespace noodstop::providers {
namespace {

using core::Lever;
using platform::Done;
using platform::Error;
using platform::Result;
using platform::Status;

Status check_signals(const Group& group, const ProtectedPids& agent) {
    return signal_group(group, {.number = 0, .reach = Reach::subtree, .agent = &agent});
}

// Kernels before 5.14 have no cgroup.kill; there the way is to freeze and signal.
Status check_power_off(const Group& group, const ProtectedPids& agent) {
    const Status kill = group.can_write("cgroup.kill");
    if (kill || kill.error().number != ENOENT)
        return kill;
    const Status freeze = group.can_write("cgroup.freeze");
    return freeze ? check_signals(group, agent) : freeze;
}

Status check_shut_down(const Group& group, const ProtectedPids& agent) {
    const Status freeze = group.can_write("cgroup.freeze");  // frozen processes are thawed to handle the signal
    return freeze ? check_signals(group, agent) : freeze;
}

Status check_lever(Lever lever, const Group& group, const ProtectedPids& agent) {
    switch (lever) {
        case Lever::power_off:
            return check_power_off(group, agent);
        case Lever::shut_down:
            return check_shut_down(group, agent);
        case Lever::suspend:
        case Lever::resume:
            return group.can_write("cgroup.freeze");
        case Lever::start:
            return Error{0, "a control group can't be started"};
    }
    return Error{0, "this lever is not known"};
}

// A child that vanishes meanwhile refuses nothing.
Status check_child(Lever lever, const Group& root, const std::string& name, const ProtectedPids& agent) {
    const Result<Group> group = root.open_below(name);
    Status checked = group ? check_lever(lever, *group, agent) : Status(group.error());
    if (!checked && group_is_gone(checked.error())) {
        const Result<Group> now = root.open_below(name);
        if (!now && group_is_gone(now.error()))
            return Done{};
    }
    return checked;
}

Status check_on_children(Lever lever, const Group& root, const std::vector<std::string>& names,
                         const ProtectedPids& agent) {
    for (const std::string& name : names) {
        if (Status checked = check_child(lever, root, name, agent); !checked)
            return checked;
    }
    return Done{};
}

core::RehearsalLine line_for(Lever lever, const Status& checked, const std::string& where) {
    if (!checked)
        return {lever, core::RehearsalAnswer::refused, checked.error().message};
    return {lever, core::RehearsalAnswer::ready, where};
}

core::RehearsalLine rehearse_lever(const CgroupOptions& options, Lever lever) {
    const Result<Group> root = Group::open_root(options.root);
    if (!root)
        return line_for(lever, root.error(), "");
    if (const Status elsewhere = check_agent_is_elsewhere(*root, options.agent, Reach::subtree); !elsewhere)
        return line_for(lever, elsewhere, "");
    const Result<GroupListing> children = root->children(options.resources_max);
    if (!children)
        return line_for(lever, children.error(), "");
    if (children->names.empty())
        return line_for(lever, check_lever(lever, *root, options.agent), "asked of " + options.root + " itself");
    return line_for(lever, check_on_children(lever, *root, children->names, options.agent),
                    fmt::format("asked of {} children of {}", children->names.size(), options.root));
}

}  // namespace

core::Rehearsal rehearse_on_groups(const CgroupOptions& options, const std::vector<Lever>& levers) {
    core::Rehearsal rehearsal{options.name, {}};
    for (const Lever lever : levers)
        rehearsal.lines.push_back(rehearse_lever(options, lever));
    return rehearsal;
}

}  // namespace noodstop::providers
