#include "agent/providers/cgroup/levers.hpp"

#include "agent/providers/cgroup/signals.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <csignal>

namespace noodstop::providers {
namespace {

using core::Lever;
using core::Observed;
using platform::Done;
using platform::Error;
using platform::Result;
using platform::Status;

constexpr std::size_t id_size_max = 255;

const Error start_refused{0, "a control group can't be started: what ran in it is started by its own service"};

// A stop has nothing to do where the target is proven to be gone; freezing and thawing need a target.
Status on_missing(Lever lever, const Error& error) {
    const bool is_stop = lever == Lever::power_off || lever == Lever::shut_down;
    return is_stop ? Status(Done{}) : Status(error);
}

// A threaded group has threads of processes that belong to the group above it; there is no way to stop it alone.
Status check_not_threaded(const Group& group) {
    const Result<std::string> type = group.read("cgroup.type");
    if (type && *type == "threaded\n")
        return Error{EOPNOTSUPP, group.name() + " is a threaded control group: its processes belong to its parent"};
    if (!type && type.error().number != ENOENT)  // the top of the hierarchy has no type
        return type.error();
    return Done{};
}

Status power_off(const Group& group, const ProtectedPids& agent) {
    const Status killed = group.write("cgroup.kill", "1");
    if (killed || killed.error().number == ENODEV)
        return Done{};
    return kill_by_signals(group, agent, Reach::subtree);
}

// Thawed after the signals, so that nothing runs on before its signal is there.
Status shut_down(const Group& group, const ProtectedPids& agent) {
    Status signalled = signal_group(group, {.number = SIGTERM, .reach = Reach::subtree, .agent = &agent});
    Status thawed = thaw_subtree(group);
    return signalled ? thawed : signalled;
}

Status pull_on_child(Lever lever, const Group& group, const ProtectedPids& agent) {
    switch (lever) {
        case Lever::power_off:
            return power_off(group, agent);
        case Lever::shut_down:
            return shut_down(group, agent);
        case Lever::suspend:
            return group.write("cgroup.freeze", "1");
        case Lever::resume:
            return group.write("cgroup.freeze", "0");
        case Lever::start:
            return start_refused;
    }
    return Error{0, "this lever is not known"};
}

Status pull_on_root_processes(Lever lever, const Group& root, const ProtectedPids& agent) {
    switch (lever) {
        case Lever::power_off:
            return kill_by_signals(root, agent, Reach::group_only);
        case Lever::shut_down:
            return signal_group(root, {.number = SIGTERM, .reach = Reach::group_only, .agent = &agent});
        case Lever::suspend:
        case Lever::resume:
            return Error{0,
                         "processes directly in the root can't be suspended: that would freeze every group below it"};
        case Lever::start:
            return start_refused;
    }
    return Error{0, "this lever is not known"};
}

Status pull_on_missing_root(const CgroupOptions& options, Lever lever, const Error& error) {
    return group_is_gone(error) && root_is_proven_gone(options.root) ? on_missing(lever, error) : Status(error);
}

Status pull_on_root(const CgroupOptions& options, Lever lever, const Group& root) {
    if (Status allowed = check_agent_is_elsewhere(root, options.agent, Reach::group_only); !allowed)
        return allowed;
    if (Status possible = check_not_threaded(root); !possible)
        return possible;
    return pull_on_root_processes(lever, root, options.agent);
}

Status pull_on_child_named(const CgroupOptions& options, Lever lever, const Group& root, const std::string& id) {
    if (Status valid = check_child_id(id); !valid)
        return valid;
    const Result<Group> group = root.open_below(id);
    if (!group)
        return group_is_gone(group.error()) ? on_missing(lever, group.error()) : Status(group.error());
    if (Status allowed = check_agent_is_elsewhere(*group, options.agent, Reach::subtree); !allowed)
        return allowed;
    if (Status possible = check_not_threaded(*group); !possible)
        return group_is_gone(possible.error()) ? on_missing(lever, possible.error()) : possible;
    Status pulled = pull_on_child(lever, *group, options.agent);
    return !pulled && group_is_gone(pulled.error()) ? on_missing(lever, pulled.error()) : pulled;
}

Status pull(const CgroupOptions& options, const core::StepOrder& order) {
    if (order.lever == Lever::start)
        return start_refused;
    const Result<Group> root = Group::open_root(options.root);
    if (!root)
        return pull_on_missing_root(options, order.lever, root.error());
    if (order.resource.text == root_resource)
        return pull_on_root(options, order.lever, *root);
    return pull_on_child_named(options, order.lever, *root, order.resource.text);
}

Result<Observed> observe_root_processes(const Group& root) {
    const Result<bool> any = root.has_processes();
    if (!any)
        return any.error();
    if (!*any)
        return Observed::gone;
    const Result<GroupEvents> events = root.events();
    return events && events->frozen ? Observed::frozen : Observed::running;
}

bool was_removed(const Group& root, const std::string& id) {
    const Result<Group> group = root.open_below(id);
    return !group && group_is_gone(group.error());
}

Result<Observed> observe_child(const Group& root, const std::string& id) {
    if (const Status valid = check_child_id(id); !valid)
        return valid.error();
    const Result<Group> group = root.open_below(id);
    if (!group)
        return group_is_gone(group.error()) ? Result<Observed>(Observed::gone) : Result<Observed>(group.error());
    const Result<GroupEvents> events = group->events();
    if (!events)
        return was_removed(root, id) ? Result<Observed>(Observed::gone) : Result<Observed>(events.error());
    if (!events->populated)
        return Observed::gone;
    return events->frozen ? Observed::frozen : Observed::running;
}

Result<Observed> observe(const CgroupOptions& options, const std::string& id) {
    const Result<Group> root = Group::open_root(options.root);
    if (!root && group_is_gone(root.error()) && root_is_proven_gone(options.root))
        return Observed::gone;
    if (!root)
        return root.error();
    return id == root_resource ? observe_root_processes(*root) : observe_child(*root, id);
}

}  // namespace

Status check_child_id(const std::string& id) {
    const bool is_name = !id.empty() && id != "." && id != ".." && id.size() <= id_size_max &&
                         id.find('/') == std::string::npos && id.find('\0') == std::string::npos;
    if (!is_name)
        return Error{EINVAL, "the id is not the name of a direct child of the control group"};
    return Done{};
}

core::StepReport pull_lever_on_group(const CgroupOptions& options, const core::StepOrder& order) {
    const Status pulled = pull(options, order);
    return {order.id, pulled.ok(), pulled ? "" : pulled.error().message};
}

core::Observation observe_group(const CgroupOptions& options, const core::ResourceId& resource) {
    const Result<Observed> observed = observe(options, resource.text);
    core::Observation observation{options.name, resource, Observed::unknown, ""};
    if (observed)
        observation.observed = *observed;
    else
        observation.problem = observed.error().message;
    return observation;
}

}  // namespace noodstop::providers
