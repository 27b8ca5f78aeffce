#include "platform/process/hardening.hpp"

#include "platform/file/file.hpp"
#include "platform/process/run_command.hpp"
#include "platform/process/users.hpp"
#include "tests/platform/forked.hpp"

#include <doctest/doctest.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <fcntl.h>
#include <sched.h>
#include <thread>

using namespace noodstop::platform;
using namespace noodstop::testing;
using namespace std::chrono_literals;

namespace {

// The sanitizers replace mlockall by a call that always succeeds.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool memory_is_lockable = false;
#else
constexpr bool memory_is_lockable = true;
#endif

}  // namespace

TEST_CASE("users and groups are found by name and by number") {
    CHECK(find_user("root")->id == 0);
    CHECK(find_user("0")->group == gid_t(0));
    CHECK(find_user("4000000")->id == 4'000'000);
    CHECK(!find_user("4000000")->group);
    CHECK(!find_user("no-such-user").ok());
    CHECK(!find_user("").ok());
    CHECK(!find_user("4294967295").ok());
    CHECK(*find_group("root") == 0);
    CHECK(*find_group("77") == 77);
    CHECK(!find_group("no-such-group").ok());
}

TEST_CASE("dropped privileges can't be regained") {
    if (::geteuid() != 0) {
        MESSAGE("SKIP: needs root");
        return;
    }
    const int code = exit_code_of([] {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (!drop_privileges({"nobody", {"daemon"}}))
            return 1;
        int death_signal = 0;
        ::prctl(PR_GET_PDEATHSIG, &death_signal);
        gid_t groups[4] = {};
        if (::getgroups(4, groups) != 1 || groups[0] != *find_group("daemon"))
            return 2;
        if (::getuid() == 0 || ::getegid() == 0 || ::setuid(0) == 0 || ::open("/etc/shadow", 0) >= 0)
            return 3;
        return death_signal == SIGKILL && ::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? 42 : 4;
    });
    CHECK(code == 42);
}

TEST_CASE("privileges are not dropped to root, to nobody known, or with an unknown group") {
    for (const Privileges& wanted : {Privileges{"root", {}}, Privileges{"no-such-user", {}}, Privileges{"4000000", {}},
                                     Privileges{"nobody", {"no-such-group"}}})
        CHECK(exit_code_of([&] { return drop_privileges(wanted) ? 1 : 42; }) == 42);
}

TEST_CASE("hardening works or says what was refused") {
    const int code = exit_code_of([] {
        const Status locked = lock_memory();
        const Status raised = raise_priority();
        const Status lowered = lower_oom_score();
        if (!locked && locked.error().message.empty())
            return 1;
        if (raised && (::sched_getscheduler(0) & ~SCHED_RESET_ON_FORK) != SCHED_FIFO)
            return 2;
        if (!raised && raised.error().message.find("ordinary priority") == std::string::npos)
            return 3;
        const auto score = read_file("/proc/self/oom_score_adj", 100);
        return !lowered || *score == "-1000\n" ? 42 : 4;
    });
    CHECK(code == 42);
}

TEST_CASE("a command inherits neither the priority nor the protection from the out-of-memory killer") {
    const int code = exit_code_of([] {
        static_cast<void>(raise_priority());
        static_cast<void>(lower_oom_score());
        const auto outcome = run_command({{"/bin/sh", "-c",
                                           "sleep 0.3; read a < /proc/self/oom_score_adj; test $a = 0 && "
                                           "grep -q '^policy *: *0$' /proc/self/sched"},
                                          "",
                                          5s});
        return outcome && outcome->exit_code == 0 ? 42 : 1;
    });
    CHECK(code == 42);
}

TEST_CASE("hardening without privileges is refused with a reason and harms nothing") {
    if (::geteuid() != 0) {
        MESSAGE("SKIP: needs root");
        return;
    }
    const int code = exit_code_of([] {
        const rlimit nothing{0, 0};
        ::setrlimit(RLIMIT_MEMLOCK, &nothing);
        ::setrlimit(RLIMIT_RTPRIO, &nothing);
        ::setrlimit(RLIMIT_NICE, &nothing);
        if (!drop_privileges({"nobody", {}}))
            return 1;
        const Status locked = lock_memory();
        const Status raised = raise_priority();
        const Status lowered = lower_oom_score();
        const bool told = (!locked || !memory_is_lockable) && !raised && !lowered && !raised.error().message.empty();
        return told ? 42 : 2;
    });
    CHECK(code == 42);
}

TEST_CASE("a child is told of its parent's death, also if that came first") {
    CHECK(exit_code_of([] { return set_parent_death_signal(SIGKILL, ::getppid()) ? 42 : 1; }) == 42);
    CHECK(exit_code_of([] { return set_parent_death_signal(SIGKILL, 999'999) ? 1 : 42; }) == 42);
}

TEST_CASE("a subreaper gets orphaned grandchildren") {
    const int code = exit_code_of([] {
        if (!become_subreaper())
            return 1;
        const pid_t child = fork_process([] {
            fork_process([] {
                std::this_thread::sleep_for(100ms);
                return 7;
            });
            return 0;
        });
        status_of(child);
        int status = 0;
        return ::wait(&status) > 0 && WEXITSTATUS(status) == 7 ? 42 : 2;
    });
    CHECK(code == 42);
}
