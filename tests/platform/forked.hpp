// Code that runs in a process of its own, where it can end or give up privileges.
#pragma once

#include <sys/wait.h>

#include <csignal>
#include <cstdlib>
#include <functional>
#include <unistd.h>

namespace noodstop::testing {

// Signals wait until the process has put aside the handlers of the test program.
inline pid_t fork_process(const std::function<int()>& body) {
    sigset_t all;
    sigset_t before;
    ::sigfillset(&all);
    ::sigprocmask(SIG_SETMASK, &all, &before);
    const pid_t pid = ::fork();
    if (pid == 0) {
        for (const int signal : {SIGTERM, SIGINT, SIGABRT, SIGSEGV})
            ::signal(signal, SIG_DFL);
        ::sigprocmask(SIG_SETMASK, &before, nullptr);
        ::_exit(body());
    }
    ::sigprocmask(SIG_SETMASK, &before, nullptr);
    if (pid < 0)
        std::abort();  // never handed on: kill(-1) would reach every process of the machine
    return pid;
}

inline int status_of(pid_t pid) {
    int status = 0;
    ::waitpid(pid, &status, 0);
    return status;
}

// What `body` returns in a process of its own, where it can give up privileges.
inline int exit_code_of(const std::function<int()>& body) {
    const int status = status_of(fork_process(body));
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

}  // namespace noodstop::testing
