#include "platform/process/process.hpp"

#include "platform/file/file.hpp"
#include "platform/process/pidfd.hpp"
#include "platform/process/run_command.hpp"
#include "tests/platform/forked.hpp"

#include <doctest/doctest.h>
#include <sys/prctl.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <thread>

using namespace noodstop::platform;
using namespace noodstop::testing;
using namespace std::chrono_literals;

namespace {

std::string temporary(const std::string& name) {
    return "/tmp/noodstop-process-test-" + std::to_string(::getpid()) + "-" + name;
}

CommandOutcome run(const std::vector<std::string>& arguments, const std::string& input = "",
                   std::chrono::milliseconds deadline = 10s) {
    const auto outcome = run_command({arguments, input, deadline});
    REQUIRE_MESSAGE(outcome, outcome.error().message);
    return *outcome;
}

}  // namespace

TEST_CASE("a pidfd sends signals and tells the end") {
    const pid_t pid = fork_process([] { return ::pause(); });
    const auto process = open_process(pid);
    REQUIRE(process);
    CHECK(send_signal(*process, 0));
    CHECK(*wait_for_end(*process, 10ms) == false);
    CHECK(send_signal(*process, SIGTERM));
    CHECK(*wait_for_end(*process, 5s) == true);
    CHECK(WTERMSIG(status_of(pid)) == SIGTERM);
    CHECK(send_signal(*process, SIGKILL).error().number == ESRCH);
    CHECK(open_process(pid).error().number == ESRCH);
}

TEST_CASE("this process reads itself from /proc") {
    const auto stat = read_process_stat(::getpid());
    REQUIRE(stat);
    CHECK(stat->pid == ::getpid());
    CHECK(stat->parent == ::getppid());
    CHECK(!stat->is_kernel_thread());
    CHECK(!stat->has_ended());
    CHECK(*read_executable(::getpid()) == std::filesystem::read_symlink("/proc/self/exe"));
    CHECK(*read_real_user(::getpid()) == ::getuid());
    CHECK(read_cgroup(::getpid())->starts_with("/"));
    const auto processes = list_processes();
    REQUIRE(processes);
    CHECK(std::binary_search(processes->begin(), processes->end(), ::getpid()));
    CHECK(has_vanished(read_process_stat(999'999'999).error()));
}

TEST_CASE("a process's children are listed") {
    const pid_t pid = fork_process([] { return ::pause(); });
    const auto children = children_of(::getpid());
    REQUIRE(children);
    CHECK(std::find(children->begin(), children->end(), pid) != children->end());
    ::kill(pid, SIGKILL);
    status_of(pid);
}

TEST_CASE("a command name full of blanks and parentheses doesn't shift the fields") {
    const pid_t pid = fork_process([] {
        ::prctl(PR_SET_NAME, ") R 1 (2 3\n) S");
        return ::pause();
    });
    auto stat = read_process_stat(pid);
    for (int round = 0; round < 500 && stat && stat->state != 'S'; ++round) {
        std::this_thread::sleep_for(10ms);
        stat = read_process_stat(pid);
    }
    REQUIRE(stat);
    CHECK(stat->pid == pid);
    CHECK(stat->parent == ::getpid());
    CHECK(stat->state == 'S');
    ::kill(pid, SIGKILL);
    status_of(pid);
}

TEST_CASE("CPU time and start time come in ticks of the kernel") {
    while (std::clock() < CLOCKS_PER_SEC / 10) {  // CPU time of this process
    }
    const auto stat = read_process_stat(::getpid());
    REQUIRE(stat);
    CHECK(ticks_to_time(stat->user_ticks + stat->system_ticks) >= 20ms);
    timespec now{};
    ::clock_gettime(CLOCK_BOOTTIME, &now);
    const auto age = std::chrono::seconds(now.tv_sec) - ticks_to_time(stat->start_ticks);
    CHECK(age > -2s);
    CHECK(age < 300s);
}

TEST_CASE("a command gets its input, its arguments unchanged, and its exit code is told") {
    const std::string out = temporary("out");
    const std::string text = "{\"kind\": \"tripped\"}\n" + std::string(200'000, 'x');
    CHECK(run({"/bin/dd", "of=" + out, "status=none"}, text).exit_code == 0);
    CHECK(*read_file(out, 300'000) == text);
    std::filesystem::remove(out);
    CHECK(run({"/bin/sh", "-c", "exit 7"}).exit_code == 7);
    CHECK(run({"/bin/sh", "-c", "test \"$1\" = 'a b; exit 3'", "sh", "a b; exit 3"}).exit_code == 0);
    const CommandOutcome killed = run({"/bin/sh", "-c", "kill -9 $$"});
    CHECK(killed.signal == SIGKILL);
    CHECK(killed.exit_code == -1);
    CHECK(!killed.timed_out);
}

TEST_CASE("a command that reads nothing or ends early blocks nobody") {
    CHECK(run({"/bin/true"}, std::string(1'000'000, 'x')).exit_code == 0);
}

TEST_CASE("a command that takes too long is killed with its whole group") {
    const std::string pid_file = temporary("pid");
    const auto begin = std::chrono::steady_clock::now();
    const CommandOutcome outcome =
        run({"/bin/sh", "-c", "trap '' TERM; sleep 100 & echo $! > " + pid_file + "; wait"}, "", 300ms);
    CHECK(outcome.timed_out);
    CHECK(outcome.signal == SIGKILL);
    CHECK(std::chrono::steady_clock::now() - begin < 5s);
    pid_t grandchild = 0;
    std::ifstream(pid_file) >> grandchild;
    REQUIRE(grandchild > 0);
    bool ended = false;
    for (int round = 0; round < 500 && !ended; ++round) {
        const auto stat = read_process_stat(grandchild);
        ended = !stat || stat->has_ended();
        std::this_thread::sleep_for(10ms);
    }
    CHECK(ended);
    std::filesystem::remove(pid_file);
}

TEST_CASE("a command has nothing open but its standard streams, in a group of its own, with default signals") {
    const int leaked = ::dup(0);  // without close-on-exec
    ::signal(SIGPIPE, SIG_IGN);
    CHECK(run({"/bin/sh", "-c", "test \"$(ls /proc/self/fd | wc -w)\" -le 4"}).exit_code == 0);
    CHECK(run({"/bin/sh", "-c", "read a b c d group e < /proc/self/stat; test $group = $$"}).exit_code == 0);
    CHECK(run({"/bin/sh", "-c", "kill -PIPE $$"}).signal == SIGPIPE);
    ::signal(SIGPIPE, SIG_DFL);
    ::close(leaked);
}

TEST_CASE("a command that can't be started is an error with its name") {
    const auto missing = run_command({{"/no/such/program"}, "", 1s});
    REQUIRE(!missing.ok());
    CHECK(missing.error().number == ENOENT);
    CHECK(missing.error().message.find("/no/such/program") != std::string::npos);
    CHECK(!run_command({{"true"}, "", 1s}).ok());
    CHECK(!run_command({{}, "", 1s}).ok());
}
