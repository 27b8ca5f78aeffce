#include "agent/providers/cgroup/signals.hpp"

#include "platform/process/pidfd.hpp"
#include "platform/process/process.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <deque>
#include <set>
#include <thread>

namespace noodstop::providers {
namespace {

using platform::Done;
using platform::Error;
using platform::Result;
using platform::Status;

void keep_first(Status& first, Status next) {
    if (first && !next)
        first = std::move(next);
}

// One round of signals over a group; remembers whom it has signalled, so that each gets the signal once.
class SignalRound {
public:
    SignalRound(const GroupSignal& signal, std::string group_path)
        : signal_(signal), group_path_(std::move(group_path)), never_(protected_now(*signal.agent)) {}

    Status send_to(const Group& group) {
        const Result<std::vector<pid_t>> pids = group.processes();
        // The processes of a threaded group are listed by the group above it.
        if (!pids && (group_is_gone(pids.error()) || pids.error().number == EOPNOTSUPP))
            return Done{};
        if (!pids)
            return pids.error();
        Status first = Done{};
        for (const pid_t pid : *pids) {
            if (signalled_.insert(pid).second)
                keep_first(first, send_to(pid));
        }
        return first;
    }

    std::size_t signalled() const { return signalled_.size(); }

private:
    Status send_to(pid_t pid) const {
        if (pid == 0)
            return Error{0, "a process of the group is outside of the agent's pid namespace"};
        if (std::binary_search(never_.begin(), never_.end(), pid))
            return Error{0, fmt::format("process {} of the group must never be stopped", pid)};
        const Result<platform::FileDescriptor> process = platform::open_process(pid);
        if (!process)
            return vanished_or(process.error());
        const Result<std::string> place = platform::read_cgroup(pid);
        if (!place)
            return vanished_or(place.error());
        if (!is_within(*place, group_path_, signal_.reach))
            return Done{};  // moved away, or another process by now
        const Status sent = platform::send_signal(*process, signal_.number);
        return sent ? sent
                    : vanished_or({sent.error().number, fmt::format("{} to process {}", sent.error().message, pid)});
    }

    static Status vanished_or(const Error& error) {
        return platform::has_vanished(error) ? Status(Done{}) : Status(error);
    }

    GroupSignal signal_;
    std::string group_path_;
    std::vector<pid_t> never_;
    std::set<pid_t> signalled_;
};

Status send_everywhere(SignalRound& round, const Group& group, Reach reach) {
    if (reach == Reach::group_only)
        return round.send_to(group);
    return for_each_group(group, [&round](const Group& each) { return round.send_to(each); });
}

Result<bool> is_empty(const Group& group, Reach reach) {
    if (reach == Reach::group_only) {
        const Result<bool> any = group.has_processes();
        return any ? Result<bool>(!*any) : any;
    }
    const Result<GroupEvents> events = group.events();
    if (!events)
        return group_is_gone(events.error()) ? Result<bool>(true) : Result<bool>(events.error());
    return !events->populated;
}

Status kill_until_empty(const Group& group, const ProtectedPids& agent, Reach reach) {
    Status last = Done{};
    for (int round = 0; round < kill_rounds_max; ++round) {
        last = signal_group(group, {.number = SIGKILL, .reach = reach, .agent = &agent});
        const Result<bool> empty = is_empty(group, reach);
        if (!empty)
            return empty.error();
        if (*empty)
            return Done{};
        std::this_thread::sleep_for(kill_round_pause);
    }
    return last ? Error{0, "processes are still in " + group.name() + " after repeated SIGKILL"} : last;
}

}  // namespace

Status for_each_group(const Group& top, const std::function<Status(const Group&)>& act) {
    Status first = act(top);
    std::deque<std::string> paths;  // from `top`, opened one at a time: depth costs no descriptors
    std::size_t found = 0;
    const auto add_children_of = [&](const Group& group, const std::string& prefix) {
        const Result<GroupListing> listing = group.children(nested_groups_max - found);
        if (!listing)
            return group_is_gone(listing.error()) ? Status(Done{}) : Status(listing.error());
        for (const std::string& name : listing->names)
            paths.push_back(prefix + name);
        found += listing->names.size();
        return listing->complete ? Status(Done{})
                                 : Status(Error{0, fmt::format("more than {} groups are nested in {}",
                                                               nested_groups_max, top.name())});
    };
    keep_first(first, add_children_of(top, ""));
    for (; !paths.empty(); paths.pop_front()) {
        const Result<Group> group = top.open_below(paths.front());
        if (group) {
            keep_first(first, act(*group));
            keep_first(first, add_children_of(*group, paths.front() + "/"));
        } else if (!group_is_gone(group.error())) {
            keep_first(first, group.error());
        }
    }
    return first;
}

Status signal_group(const Group& group, const GroupSignal& signal) {
    const Result<std::string> path = hierarchy_path(group);
    if (!path)
        return path.error();
    SignalRound round(signal, *path);
    Status first = Done{};
    for (int count = 0; count < signal_rounds_max; ++count) {
        const std::size_t before = round.signalled();
        keep_first(first, send_everywhere(round, group, signal.reach));
        if (round.signalled() == before)
            break;
    }
    return first;
}

Status thaw_subtree(const Group& group) {
    return for_each_group(group, [](const Group& each) -> Status {
        const Result<std::string> text = each.read("cgroup.freeze");
        if (!text)
            return group_is_gone(text.error()) ? Status(Done{}) : Status(text.error());
        if (parse_amount(*text) == 0)
            return Done{};
        Status thawed = each.write("cgroup.freeze", "0");
        return !thawed && group_is_gone(thawed.error()) ? Status(Done{}) : thawed;
    });
}

Status kill_by_signals(const Group& group, const ProtectedPids& agent, Reach reach) {
    // Frozen processes die of SIGKILL, too. A kernel that refuses to freeze is no reason not to kill.
    const bool frozen = reach == Reach::subtree && group.write("cgroup.freeze", "1").ok();
    Status killed = kill_until_empty(group, agent, reach);
    if (frozen) {
        Status thawed = group.write("cgroup.freeze", "0");
        if (!thawed && !group_is_gone(thawed.error()))
            keep_first(killed, std::move(thawed));
    }
    return killed;
}

}  // namespace noodstop::providers
