#include "agent/run/supervisor.hpp"

#include "agent/run/child.hpp"
#include "agent/run/control_message.hpp"
#include "agent/run/exit_code.hpp"
#include "agent/run/policy_file.hpp"
#include "agent/run/process_lock.hpp"
#include "agent/run/service_manager.hpp"
#include "platform/process/hardening.hpp"

#include <sys/signalfd.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <optional>
#include <poll.h>
#include <tuple>
#include <unistd.h>
#include <utility>

namespace noodstop::run {
namespace {

using Steady = std::chrono::steady_clock;

constexpr std::chrono::seconds watching_pause_max{1};  // between two looks at the children, if nothing happens

// A reader of standard error that hangs must not hang the supervisor.
void say(const std::string& line) {
    pollfd out{STDERR_FILENO, POLLOUT, 0};
    if (::poll(&out, 1, 0) == 1 && (out.revents & POLLOUT) != 0)
        std::fprintf(stderr, "noodstopd: %s\n", line.c_str());
}

// Does the doors process live by something else now?
bool is_for_other_doors(const core::AgentPolicy& before, const core::AgentPolicy& now) {
    const auto what = [](const core::AgentPolicy& policy) {
        return std::tie(policy.channel, policy.socket_path, policy.socket_group, policy.doors_user);
    };
    return what(before) != what(now);
}

void say_if_refused(const platform::Status& status) {
    if (!status)
        say(status.error().message);
}

class Supervisor {
public:
    explicit Supervisor(const SupervisorOptions& options)
        : options_(options), folder_(options.policy.agent.state_folder), doors_policy_(options.policy.agent) {}
    int run();

private:
    bool lock_folder();
    platform::Status prepare();
    void watch();
    void wait_for_something();
    int milliseconds_to_wait() const;
    void take_signals();
    void take_control();
    void take(ControlMessage message);
    void take_ends();
    void start_what_is_due();
    void start_path();
    void end_orphaned_path();
    void start_doors();
    void tell_path(ControlMessage message);
    void take_policy(platform::FileDescriptor file);
    void mind_turning();
    void mind_doors();
    void stop_children();

    const SupervisorOptions& options_;
    const std::string folder_;
    Child path_{"path"};
    Child doors_{"doors"};
    platform::FileDescriptor lock_;
    platform::FileDescriptor signals_;
    platform::FileDescriptor control_;
    platform::FileDescriptor policy_;                 // in force, for the next start of a child
    core::AgentPolicy doors_policy_;                  // what the doors process lives by, or the next one will
    std::optional<Steady::time_point> doors_end_by_;  // it was asked to end for another policy
    std::string path_news_;                           // how the last path ended, for the next one to record
    Steady::time_point watched_at_ = Steady::now();
    Steady::duration silence_{0};  // of the path, while we watched
    bool path_turns_ = false;      // it has said so
    bool stopping_ = false;
};

int Supervisor::run() {
    say_if_refused(platform::make_folders(folder_, 0755));
    if (!lock_folder())
        return exit_already_running;
    if (const platform::Status prepared = prepare(); !prepared) {
        say(prepared.error().message);
        return exit_machine_refuses;
    }
    watch();
    stop_children();
    return exit_orderly;
}

bool Supervisor::lock_folder() {
    LockOutcome outcome = take_process_lock(folder_ + "/" + supervisor_lock_name);
    if (outcome.holder != 0) {
        say("another noodstopd (process " + std::to_string(outcome.holder) + ") uses the state folder " + folder_);
        return false;
    }
    if (!outcome.lock.valid())
        say(outcome.problem + "; going on without it");
    lock_ = std::move(outcome.lock);
    return true;
}

platform::Status Supervisor::prepare() {
    sigset_t wanted;
    ::sigemptyset(&wanted);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGCHLD})
        ::sigaddset(&wanted, signal);
    ::sigprocmask(SIG_BLOCK, &wanted, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
    signals_ = platform::FileDescriptor(::signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK));
    if (!signals_.valid())
        return platform::system_error(errno, "watch for signals");
    auto policy = make_policy_file(options_.policy);
    if (!policy)
        return policy.error();
    policy_ = std::move(*policy);
    say_if_refused(platform::lower_oom_score());
    if (options_.policy.agent.raise_priority)
        say_if_refused(platform::raise_priority());
    if (options_.policy.agent.lock_memory)
        say_if_refused(platform::lock_memory());
    return platform::Done{};
}

void Supervisor::watch() {
    while (!stopping_) {
        start_what_is_due();
        wait_for_something();
        take_signals();
        take_control();
        take_ends();
        mind_turning();
        mind_doors();
    }
}

void Supervisor::wait_for_something() {
    std::array<pollfd, 2> files{pollfd{signals_.number(), POLLIN, 0}, pollfd{control_.number(), POLLIN, 0}};
    ::poll(files.data(), control_.valid() ? 2 : 1, milliseconds_to_wait());
}

int Supervisor::milliseconds_to_wait() const {
    Steady::time_point next = Steady::now() + watching_pause_max;
    if (!path_.running())
        next = std::min(next, path_.start_at());
    else if (!doors_.running())
        next = std::min(next, doors_.start_at());
    const auto wait = std::chrono::ceil<std::chrono::milliseconds>(next - Steady::now());
    return static_cast<int>(std::max<std::int64_t>(wait.count(), 1));
}

void Supervisor::take_signals() {
    signalfd_siginfo signal{};
    while (::read(signals_.number(), &signal, sizeof signal) == sizeof signal) {
        if (signal.ssi_signo == SIGHUP)
            path_.send(SIGHUP);
        else if (signal.ssi_signo != SIGCHLD)
            stopping_ = true;
    }
}

void Supervisor::take_control() {
    while (control_.valid()) {
        ControlReceived received = receive_control(control_.number());
        if (received.closed)
            control_.close();
        if (!received.message)
            return;
        take(std::move(*received.message));
    }
}

void Supervisor::take(ControlMessage message) {
    switch (message.kind) {
        case ControlKind::ready:
            tell_service_manager("READY=1");
            [[fallthrough]];
        case ControlKind::alive:
            tell_service_manager("WATCHDOG=1");
            silence_ = {};
            path_turns_ = true;
            break;
        case ControlKind::policy:
            take_policy(std::move(message.file));
            break;
        case ControlKind::doors_link:
        case ControlKind::child_ended:
            break;  // ours to say
    }
}

void Supervisor::take_ends() {
    if (const auto end = path_.take_end()) {
        say(*end);
        path_news_ = *end;
        control_.close();
    }
    if (auto end = doors_.take_end()) {
        if (std::exchange(doors_end_by_, std::nullopt))
            *end += ", as it was asked to: the next one has the new configuration of its ports and its channel";
        say(*end);
        if (!stopping_)
            tell_path({.kind = ControlKind::child_ended, .text = *end, .file = {}});
    }
}

void Supervisor::start_what_is_due() {
    if (path_.due(Steady::now()))
        start_path();
    if (path_.running() && doors_.due(Steady::now()))
        start_doors();
}

void Supervisor::start_path() {
    end_orphaned_path();
    auto pair = make_control_pair();
    if (!pair)
        return say(pair.error().message);
    const int theirs = pair->right.number();
    const platform::Status started = path_.start(
        {"--child", "path", "--config", options_.configuration_path, "--policy-file", std::to_string(policy_.number()),
         "--control-socket", std::to_string(theirs), "--supervisor", std::to_string(::getpid())},
        {theirs, policy_.number()});
    if (!started)
        return say(started.error().message);
    control_ = std::move(pair->left);
    silence_ = {};
    path_turns_ = false;
    if (!path_news_.empty())
        tell_path({.kind = ControlKind::child_ended, .text = path_news_, .file = {}});
    path_news_.clear();
}

// Of a supervisor before us that was killed.
void Supervisor::end_orphaned_path() {
    const std::string lock = folder_ + "/" + path_lock_name;
    const pid_t holder = lock_holder(lock);
    if (holder <= 0)
        return;
    say("taking over from process " + std::to_string(holder) + ", which has carried on without a supervisor");
    say_if_refused(end_lock_holder(lock, takeover_patience));
}

void Supervisor::start_doors() {
    auto pair = make_stream_pair();
    if (!pair)
        return say(pair.error().message);
    const int theirs = pair->right.number();
    const platform::Status started =
        doors_.start({"--child", "doors", "--config", options_.configuration_path, "--policy-file",
                      std::to_string(policy_.number()), "--link-socket", std::to_string(theirs)},
                     {theirs, policy_.number()});
    if (!started)
        return say(started.error().message);
    tell_path({.kind = ControlKind::doors_link, .text = std::to_string(doors_.pid()), .file = std::move(pair->left)});
}

void Supervisor::tell_path(ControlMessage message) {
    if (control_.valid())
        say_if_refused(send_control(control_.number(), message));
}

// A path that hangs protects nobody; the next one takes up where it was. While nobody ran us, stopped with the machine
// or by a signal, most likely nobody ran the path either: of such a pause only what a turn of ours may take counts.
void Supervisor::mind_turning() {
    const Steady::time_point now = Steady::now();
    silence_ += std::min<Steady::duration>(now - std::exchange(watched_at_, now), 2 * watching_pause_max);
    const auto patience = path_turns_ ? turning_patience : starting_patience;
    if (!path_.running() || silence_ < patience)
        return;
    say("the path has not turned for too long and is killed");
    path_.send(SIGKILL);
    silence_ = {};
}

void Supervisor::take_policy(platform::FileDescriptor file) {
    if (!file.valid())
        return;
    const auto policy = read_policy_file(file.number());
    if (!policy)
        return say(policy.error().message);
    policy_ = std::move(file);
    if (!is_for_other_doors(doors_policy_, policy->agent))
        return;
    doors_policy_ = policy->agent;
    doors_.send(SIGTERM);
    if (doors_.running())
        doors_end_by_ = Steady::now() + ending_patience;
}

void Supervisor::mind_doors() {
    if (doors_end_by_ && Steady::now() >= *doors_end_by_)
        doors_.send(SIGKILL);
}

void Supervisor::stop_children() {
    tell_service_manager("STOPPING=1");
    for (Child* child : {&path_, &doors_})
        child->send(SIGTERM);
    const auto until = Steady::now() + ending_patience;
    while (path_.running() || doors_.running()) {
        if (Steady::now() >= until)
            for (Child* child : {&path_, &doors_})
                child->send(SIGKILL);
        pollfd file{signals_.number(), POLLIN, 0};
        ::poll(&file, 1, 100);
        take_signals();
        take_ends();
    }
}

}  // namespace

int run_supervisor(const SupervisorOptions& options) {
    return Supervisor(options).run();
}

}  // namespace noodstop::run
