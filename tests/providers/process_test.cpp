#include "platform/process/process.hpp"

#include "agent/providers/process/look.hpp"
#include "tests/providers/process_bench.hpp"

#include <sys/syscall.h>
#include <sys/wait.h>

#include <csignal>
#include <thread>

using namespace noodstop;
using namespace noodstop::testing;
using core::Lever;
using core::Observed;

TEST_CASE("processes are found by their executable, and only they") {
    const OwnExecutable executable;
    const Child one(executable.body());
    const Child two(executable.body());
    const Child other(idle);
    REQUIRE(executable.runs_in(one.pid()));
    REQUIRE(executable.runs_in(two.pid()));
    const auto provider = make_good({.executable = executable.path()});
    const core::Look look = provider->read();
    CHECK(look.quality == core::LookQuality::good);
    CHECK(look.readings.size() == 2);
    REQUIRE(find(look, id_of(one.pid())) != nullptr);
    const core::Reading& reading = *find(look, id_of(one.pid()));
    CHECK(reading.activity == core::Activity::running);
    CHECK(reading.kind == "process");
    REQUIRE(reading.created);
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    CHECK(std::chrono::abs(reading.created->since_epoch - now) < std::chrono::seconds(30));
    CHECK(provider->read().readings[0].created == look.readings[0].created);
}

TEST_CASE("an executable that was replaced meanwhile still matches") {
    const OwnExecutable executable;
    const Child child(executable.body());
    REQUIRE(executable.runs_in(child.pid()));
    std::filesystem::remove(executable.path());
    CHECK(make_good({.executable = executable.path()})->read().readings.size() == 1);
}

TEST_CASE("CPU time of a process counts up in microseconds") {
    const Child child(burn);
    const std::string pid_file = temporary_path("pid");
    write_text(pid_file, std::to_string(child.pid()) + "\n");
    const auto provider = make_good({.pid_file = pid_file});
    const auto used = [&] {
        const core::Look look = provider->read();
        REQUIRE(look.readings.size() == 1);
        return find(look.readings[0].measures, core::Metric::cpu)->raw;
    };
    const auto begin = std::chrono::steady_clock::now();
    const std::int64_t before = used();
    CHECK(wait_until([&] { return used() - before >= 50'000; }));
    const core::Duration elapsed = std::chrono::ceil<core::Duration>(std::chrono::steady_clock::now() - begin);
    CHECK(used() - before <= elapsed.count() + 100'000);
    std::filesystem::remove(pid_file);
}

TEST_CASE("processes of a user are found by the real user id") {
    if (::geteuid() != 0) {
        MESSAGE("SKIP: needs root to start a process of another user");
        return;
    }
    const auto become_other = [] {
        if (::setgid(54321) != 0 || ::setuid(54321) != 0)
            ::_exit(1);
        idle();
    };
    const Child child(become_other);
    const auto provider = make_good({.user = "54321"});
    CHECK(wait_until([&] { return provider->read().readings.size() == 1; }));
    CHECK(pull(*provider, Lever::power_off, id_of(child.pid())).accepted);
    CHECK(becomes(*provider, id_of(child.pid()), Observed::gone));
    CHECK(provider->read().readings.empty());
    CHECK(provider->read().quality == core::LookQuality::good);
}

TEST_CASE("a pid file names one process; missing is nothing running, garbage is an absent look") {
    const Child child(idle);
    const std::string pid_file = temporary_path("pid");
    const auto provider = make_good({.pid_file = pid_file});
    CHECK(provider->read().quality == core::LookQuality::good);
    CHECK(provider->read().readings.empty());
    for (const char* text : {"", "abc", "-5", "0", "12 13", "99999999999999"}) {
        write_text(pid_file, text);
        CHECK_MESSAGE(provider->read().quality == core::LookQuality::absent, text);
        CHECK(!provider->read().problem.empty());
    }
    write_text(pid_file, std::to_string(child.pid()) + "\n");
    CHECK(find(provider->read(), id_of(child.pid())) != nullptr);
    std::filesystem::remove(pid_file);
}

TEST_CASE("removing the pid file of a process that runs on hides it from nothing") {
    const Child child(idle);
    const std::string pid_file = temporary_path("pid");
    write_text(pid_file, std::to_string(child.pid()));
    const auto provider = make_good({.pid_file = pid_file});
    const std::string id = id_of(child.pid());
    CHECK(provider->read().readings.size() == 1);
    std::filesystem::remove(pid_file);
    CHECK(find(provider->read(), id) != nullptr);
    CHECK(pull(*provider, Lever::power_off, id).accepted);
    CHECK(becomes(*provider, id, Observed::gone));
    CHECK(provider->read().readings.empty());
    const Child stranger(idle);
    CHECK(!pull(*make_good({.pid_file = pid_file}), Lever::suspend, id_of(stranger.pid())).accepted);
}

TEST_CASE("the levers reach the process through its signals") {
    const OwnExecutable executable;
    Child child(executable.body());
    REQUIRE(executable.runs_in(child.pid()));
    const auto provider = make_good({.executable = executable.path()});
    const std::string id = id_of(child.pid());
    CHECK(provider->observe({id}).observed == Observed::running);
    CHECK(pull(*provider, Lever::suspend, id).accepted);
    CHECK(becomes(*provider, id, Observed::frozen));
    CHECK(find(provider->read(), id)->activity == core::Activity::frozen);
    CHECK(pull(*provider, Lever::resume, id).accepted);
    CHECK(becomes(*provider, id, Observed::running));
    CHECK(pull(*provider, Lever::suspend, id).accepted);
    CHECK(becomes(*provider, id, Observed::frozen));
    CHECK(pull(*provider, Lever::shut_down, id).accepted);  // also while it is stopped
    CHECK(becomes(*provider, id, Observed::gone));
    CHECK(WTERMSIG(child.wait()) == SIGTERM);
    CHECK(pull(*provider, Lever::power_off, id).accepted);
    CHECK(!pull(*provider, Lever::suspend, id).accepted);
    CHECK(!pull(*provider, Lever::start, id).accepted);
}

TEST_CASE("more processes than resources_max make the look partial") {
    const OwnExecutable executable;
    const Child one(executable.body());
    const Child two(executable.body());
    REQUIRE(executable.runs_in(one.pid()));
    REQUIRE(executable.runs_in(two.pid()));
    providers::ProcessOptions options{{"jobs"}, {.executable = executable.path()}, 1, {}, {}};
    providers::FollowedProcesses followed;
    const core::Look look = providers::look_at_processes(options, followed);
    CHECK(look.quality == core::LookQuality::partial);
    CHECK(look.readings.size() == 1);
    CHECK(followed.all().size() == 1);
}

TEST_CASE("a rehearsal has no effect and says what can be done") {
    const OwnExecutable executable;
    const Child child(executable.body());
    REQUIRE(executable.runs_in(child.pid()));
    const auto provider = make_good({.executable = executable.path()});
    const core::Rehearsal rehearsal = provider->rehearse({Lever::power_off, Lever::shut_down, Lever::start});
    REQUIRE(rehearsal.lines.size() == 3);
    CHECK(rehearsal.lines[0].answer == core::RehearsalAnswer::ready);
    CHECK(rehearsal.lines[1].answer == core::RehearsalAnswer::ready);
    CHECK(rehearsal.lines[2].answer == core::RehearsalAnswer::refused);
    CHECK(provider->observe({id_of(child.pid())}).observed == Observed::running);
}

TEST_CASE("a process whose first thread has ended still runs, matches and can be stopped") {
    const std::string link = temporary_path("threads-pid");
    const Child child([] {
        std::thread([] { burn(); }).detach();
        ::syscall(SYS_exit, 0);  // of this thread only
    });
    REQUIRE(wait_until([&] {
        const auto stat = platform::read_process_stat(child.pid());
        return stat && stat->state == 'Z';
    }));
    CHECK(*platform::read_executable(child.pid()) == own_executable());
    write_text(link, std::to_string(child.pid()));
    const auto provider = make_good({.pid_file = link});
    const std::string id = id_of(child.pid());
    CHECK(provider->observe({id}).observed == Observed::running);
    CHECK(find(provider->read(), id) != nullptr);
    CHECK(pull(*provider, Lever::power_off, id).accepted);
    CHECK(becomes(*provider, id, Observed::gone));
    std::filesystem::remove(link);
}
