#include "agent/run/child.hpp"

#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <unistd.h>

namespace noodstop::run {
namespace {

constexpr int exec_failed = 127;

// Between fork and exec. The child begins as any process does: no signal blocked, no protection from the
// out-of-memory killer but what it takes for itself.
[[noreturn]] void become(char* const* arguments, const std::vector<int>& kept) {
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    for (const int file : kept)
        ::fcntl(file, F_SETFD, 0);
    if (const int score = ::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC); score >= 0) {
        [[maybe_unused]] const ssize_t written = ::write(score, "0", 1);
        ::close(score);
    }
    ::execv("/proc/self/exe", arguments);
    ::_exit(exec_failed);
}

std::string describe_end(const std::string& name, int status) {
    if (WIFSIGNALED(status))
        return name + " was ended by signal " + std::to_string(WTERMSIG(status));
    return name + " ended with exit code " + std::to_string(WEXITSTATUS(status));
}

}  // namespace

platform::Status Child::start(const std::vector<std::string>& arguments, const std::vector<int>& kept) {
    std::vector<std::string> all{"noodstopd"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    std::vector<char*> pointers;
    for (std::string& argument : all)
        pointers.push_back(argument.data());
    pointers.push_back(nullptr);
    const pid_t pid = ::fork();
    if (pid == 0)
        become(pointers.data(), kept);
    if (pid < 0) {
        const int error = errno;
        started_at_ = Steady::now();
        plan_restart();
        return platform::system_error(error, "start " + name_);
    }
    pid_ = pid;
    started_at_ = Steady::now();
    return platform::Done{};
}

void Child::send(int signal) const {
    if (running())
        ::kill(pid_, signal);  // not reaped yet, so the number is still its own
}

std::optional<std::string> Child::take_end() {
    int status = 0;
    if (!running() || ::waitpid(pid_, &status, WNOHANG) != pid_)
        return std::nullopt;
    pid_ = 0;
    plan_restart();
    return describe_end(name_, status);
}

void Child::plan_restart() {
    const auto now = Steady::now();
    if (now - started_at_ >= steady_after)
        pause_ = std::chrono::milliseconds(0);
    start_at_ = now + pause_;
    pause_ = std::clamp(pause_ * 2, restart_pause_first, restart_pause_max);
}

}  // namespace noodstop::run
