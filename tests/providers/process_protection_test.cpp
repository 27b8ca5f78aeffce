#include "agent/providers/process/look.hpp"
#include "platform/process/process.hpp"
#include "tests/providers/process_bench.hpp"

using namespace noodstop;
using namespace noodstop::testing;
using core::Lever;
using core::Observed;

TEST_CASE("kernel threads and ended processes are never listed") {
    const auto provider = make_good({.user = "54322"});
    CHECK(provider->read().readings.empty());
    const auto stat = platform::read_process_stat(2);
    if (stat && stat->is_kernel_thread()) {
        providers::ProcessOptions options{{"jobs"}, {.user = 0}, 100'000, {}, {}};
        providers::FollowedProcesses followed;
        const core::Look look = providers::look_at_processes(options, followed);
        CHECK(find(look, id_of(2)) == nullptr);
        CHECK(find(look, id_of(1)) == nullptr);
        CHECK(look.problem.find("left out") != std::string::npos);
    }
    const Child zombie([] { ::_exit(0); });
    CHECK(wait_until([&] { return provider->observe({id_of(zombie.pid())}).observed == Observed::gone; }));
}

TEST_CASE("a recycled pid is never hit: the id carries the start time") {
    const OwnExecutable executable;
    const Child child(executable.body());
    REQUIRE(executable.runs_in(child.pid()));
    const auto provider = make_good({.executable = executable.path()});
    const auto stat = platform::read_process_stat(child.pid());
    REQUIRE(stat);
    const std::string earlier = providers::to_text({child.pid(), stat->start_ticks - 1});
    CHECK(provider->observe({earlier}).observed == Observed::gone);
    CHECK(pull(*provider, Lever::power_off, earlier).accepted);
    CHECK(!pull(*provider, Lever::suspend, earlier).accepted);
    ::usleep(50'000);
    CHECK(provider->observe({id_of(child.pid())}).observed == Observed::running);
}

TEST_CASE("a process that the selectors don't match is refused even by its right id") {
    const OwnExecutable executable;
    const Child stranger(idle);
    const auto provider = make_good({.executable = executable.path()});
    const core::StepReport report = pull(*provider, Lever::power_off, id_of(stranger.pid()));
    CHECK(!report.accepted);
    CHECK(report.problem.find("selectors") != std::string::npos);
    CHECK(provider->observe({id_of(stranger.pid())}).observed == Observed::running);
}

TEST_CASE("an id in any other form is refused") {
    const auto provider = make_good({.user = "54322"});
    for (const std::string& id : {std::string(), std::string("12"), std::string("-5"), std::string("1-"),
                                  std::string("0-5"), std::string("01-5"), std::string("1-5 "), std::string("1--5"),
                                  std::string("99999999999-5"), std::string("5-99999999999999999999999")}) {
        CHECK(!pull(*provider, Lever::power_off, id).accepted);
        CHECK(provider->observe({id}).observed == Observed::unknown);
    }
}

TEST_CASE("selectors that match the agent, its supervisor or pid 1 are refused") {
    const std::string pid_file = temporary_path("pid");
    write_text(pid_file, "1");
    CHECK(!make_processes({.pid_file = pid_file}).ok());
    CHECK(!make_processes({.executable = own_executable()}).ok());
    const Child doors(idle);
    write_text(pid_file, std::to_string(doors.pid()));
    CHECK(make_processes({.pid_file = pid_file}).ok());
    CHECK(!make_processes({.pid_file = pid_file}, {.pids = {doors.pid()}}).ok());
    CHECK(!make_processes({.pid_file = pid_file}, {.supervisor = ::getpid()}).ok());
    std::filesystem::remove(pid_file);
}

TEST_CASE("an agent's process that comes to match later is left out, loudly, and never hit") {
    const OwnExecutable executable;
    const auto provider = make_good({.executable = executable.path()}, {.supervisor = ::getpid()});
    const Child doors(executable.body());
    REQUIRE(executable.runs_in(doors.pid()));
    const core::Look look = provider->read();
    CHECK(look.readings.empty());
    CHECK(look.problem.find(std::to_string(doors.pid())) != std::string::npos);
    CHECK(!pull(*provider, Lever::power_off, id_of(doors.pid())).accepted);
    CHECK(provider->rehearse({Lever::power_off}).lines[0].answer == core::RehearsalAnswer::refused);
    CHECK(provider->observe({id_of(doors.pid())}).observed == Observed::running);
}

TEST_CASE("wrong selectors are refused with a sentence") {
    CHECK(!make_processes({}).ok());
    CHECK(!make_processes({.executable = "sleep"}).ok());
    CHECK(!make_processes({.pid_file = "x.pid"}).ok());
    CHECK(!make_processes({.user = "no-such-user-here"}).ok());
    CHECK(make_processes({.user = "no-such-user-here"}).error().message.find("no-such-user-here") != std::string::npos);
}
