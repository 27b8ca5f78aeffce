#include "agent/providers/process/levers.hpp"

#include "platform/process/pidfd.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <unistd.h>

namespace noodstop::providers {
namespace {

using core::Lever;
using core::Observed;
using platform::Done;
using platform::Error;
using platform::FileDescriptor;
using platform::ProcessStat;
using platform::Result;
using platform::Status;

const char* const start_refused = "a process can't be started: its own service does that";

Error unknown_id() {
    return {EINVAL, "the id is not that of a process (PID-STARTTIME)"};
}

Error ended(const ProcessIdentity& identity) {
    return {ESRCH, fmt::format("process {} has ended", to_text(identity))};
}

// ESRCH where the process of this identity has ended, whoever has its pid now.
Result<ProcessStat> read_alive(const ProcessIdentity& identity) {
    Result<ProcessStat> stat = platform::read_process_stat(identity.pid);
    if (!stat)
        return platform::has_vanished(stat.error()) ? ended(identity) : stat.error();
    if (stat->start_ticks != identity.start_ticks || stat->has_ended())
        return ended(identity);
    return stat;
}

Status check_not_protected(const ProcessOptions& options, pid_t pid) {
    const std::vector<pid_t> never = protected_now(options.agent);
    if (!std::binary_search(never.begin(), never.end(), pid))
        return Done{};
    return Error{EPERM, fmt::format("process {} is the agent's or pid 1 and must never be stopped", pid)};
}

Status check_selected(const ProcessOptions& options, const FollowedProcesses& followed,
                      const ProcessIdentity& identity) {
    const Result<bool> selected = matches(options.selectors, identity.pid);
    if (!selected)
        return platform::has_vanished(selected.error()) ? ended(identity) : selected.error();
    if (!*selected)
        return Error{EPERM, fmt::format("process {} does not match the selectors any more", identity.pid)};
    if (!options.selectors.pid_file || followed.contains(identity))
        return Done{};
    const Result<std::optional<pid_t>> named = read_pid_file(*options.selectors.pid_file);
    if (!named)
        return named.error();
    if (*named != identity.pid)
        return Error{EPERM, fmt::format("process {} is not the one that the pid file names", identity.pid)};
    return Done{};
}

// The handle first, then the checks: if they hold, the handle means the process that was checked.
Result<FileDescriptor> open_checked(const ProcessOptions& options, const FollowedProcesses& followed,
                                    const ProcessIdentity& identity) {
    if (const Status allowed = check_not_protected(options, identity.pid); !allowed)
        return allowed.error();
    Result<FileDescriptor> process = platform::open_process(identity.pid);
    if (!process)
        return platform::has_vanished(process.error()) ? ended(identity) : process.error();
    const Result<ProcessStat> stat = read_alive(identity);
    if (!stat)
        return stat.error();
    if (stat->is_kernel_thread())
        return Error{EPERM, fmt::format("process {} is a thread of the kernel", identity.pid)};
    if (const Status selected = check_selected(options, followed, identity); !selected)
        return selected.error();
    return process;
}

// A stopped process handles SIGTERM only when it goes on; SIGCONT is harmless to one that runs.
Status shut_down(const FileDescriptor& process) {
    Status asked = platform::send_signal(process, SIGTERM);
    return asked ? platform::send_signal(process, SIGCONT) : asked;
}

Status send(Lever lever, const FileDescriptor& process) {
    switch (lever) {
        case Lever::power_off:
            return platform::send_signal(process, SIGKILL);
        case Lever::shut_down:
            return shut_down(process);
        case Lever::suspend:
            return platform::send_signal(process, SIGSTOP);
        case Lever::resume:
            return platform::send_signal(process, SIGCONT);
        case Lever::start:
            return Error{0, start_refused};
    }
    return Error{0, "this lever is not known"};
}

Status pull(const ProcessOptions& options, const FollowedProcesses& followed, const core::StepOrder& order) {
    if (order.lever == Lever::start)
        return Error{0, start_refused};
    const std::optional<ProcessIdentity> identity = parse_identity(order.resource.text);
    if (!identity)
        return unknown_id();
    const Result<FileDescriptor> process = open_checked(options, followed, *identity);
    Status sent = process ? send(order.lever, *process) : Status(process.error());
    const bool is_stop = order.lever == Lever::power_off || order.lever == Lever::shut_down;
    if (!sent && sent.error().number == ESRCH && is_stop)
        return Done{};  // nothing left to stop
    return sent;
}

Result<Observed> observe(const core::ResourceId& resource) {
    const std::optional<ProcessIdentity> identity = parse_identity(resource.text);
    if (!identity)
        return unknown_id();
    const Result<ProcessStat> stat = read_alive(*identity);
    if (!stat)
        return stat.error().number == ESRCH ? Result<Observed>(Observed::gone) : Result<Observed>(stat.error());
    return stat->state == 'T' || stat->state == 't' ? Observed::frozen : Observed::running;
}

Status check_can_signal(const core::Look& look) {
    if (look.quality == core::LookQuality::absent)
        return Error{0, look.problem};
    for (const core::Reading& reading : look.readings) {
        const std::optional<ProcessIdentity> identity = parse_identity(reading.id.text);
        const Result<FileDescriptor> process = identity ? platform::open_process(identity->pid) : unknown_id();
        const Status sent = process ? platform::send_signal(*process, 0) : Status(process.error());
        if (!sent && sent.error().number != ESRCH)
            return Error{sent.error().number, fmt::format("process {}: {}", reading.id.text, sent.error().message)};
    }
    return Done{};
}

core::RehearsalLine rehearse_lever(const ProcessOptions& options, const core::Look& look, Lever lever) {
    if (lever == Lever::start)
        return {lever, core::RehearsalAnswer::refused, start_refused};
    if (const Status agent = check_agent_is_not_selected(options); !agent)
        return {lever, core::RehearsalAnswer::refused, agent.error().message};
    if (const Status possible = check_can_signal(look); !possible)
        return {lever, core::RehearsalAnswer::refused, possible.error().message};
    if (look.readings.empty() && ::geteuid() != 0)
        return {lever, core::RehearsalAnswer::no_answer, "no process matches now, and the agent is not root"};
    return {lever, core::RehearsalAnswer::ready, fmt::format("asked of {} processes", look.readings.size())};
}

}  // namespace

core::StepReport pull_lever_on_process(const ProcessOptions& options, const FollowedProcesses& followed,
                                       const core::StepOrder& order) {
    const Status pulled = pull(options, followed, order);
    return {order.id, pulled.ok(), pulled ? "" : pulled.error().message};
}

core::Observation observe_process(const ProcessOptions& options, const core::ResourceId& resource) {
    const Result<Observed> observed = observe(resource);
    core::Observation observation{options.name, resource, Observed::unknown, ""};
    if (observed)
        observation.observed = *observed;
    else
        observation.problem = observed.error().message;
    return observation;
}

core::Rehearsal rehearse_on_processes(const ProcessOptions& options, const core::Look& look,
                                      const std::vector<Lever>& levers) {
    core::Rehearsal rehearsal{options.name, {}};
    for (const Lever lever : levers)
        rehearsal.lines.push_back(rehearse_lever(options, look, lever));
    return rehearsal;
}

Status check_agent_is_not_selected(const ProcessOptions& options) {
    std::optional<pid_t> named;
    if (options.selectors.pid_file) {
        const Result<std::optional<pid_t>> read = read_pid_file(*options.selectors.pid_file);
        named = read ? *read : std::nullopt;
    }
    for (const pid_t pid : protected_now(options.agent)) {
        if (options.selectors.pid_file && named != pid)
            continue;
        // One that can't be read is no reason to refuse: by its number it is left out in any case.
        const Result<bool> selected = matches(options.selectors, pid);
        if (selected && *selected)
            return Error{EPERM, fmt::format("the selectors match process {}, which is the agent's or pid 1 and must "
                                            "never be stopped",
                                            pid)};
    }
    return Done{};
}

}  // namespace noodstop::providers
