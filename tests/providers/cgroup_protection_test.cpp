#include "agent/providers/cgroup/levers.hpp"
#include "agent/providers/cgroup/protection.hpp"
#include "platform/process/process.hpp"
#include "tests/providers/cgroup_bench.hpp"

#include <sys/wait.h>

#include <csignal>
#include <unistd.h>

using namespace noodstop;
using namespace noodstop::testing;
using core::Lever;
using core::Observed;

TEST_CASE("an id that is not the name of a direct child is refused and hits nothing") {
    if (!has_cgroup2())
        return;
    const CgroupBench bench;
    const Child inner(idle, bench.root.make("child/inner"));
    for (const std::string& id : {std::string(), std::string(".."), std::string("child/inner"), std::string("/"),
                                  std::string("../x"), std::string("child\0x", 7), std::string("./child"),
                                  std::string("child/"), std::string(300, 'x'), std::string("cgroup.procs")}) {
        CHECK(!bench.pull(Lever::power_off, id).accepted);
        CHECK(!bench.pull(Lever::shut_down, id).accepted);
        CHECK(bench.observe(id) == Observed::unknown);
    }
    CHECK(bench.observe("child") == Observed::running);
}

TEST_CASE("a group with the agent in it is refused, however deep the agent is") {
    if (!has_cgroup2())
        return;
    CgroupBench bench;
    const Child agent(idle, bench.root.make("apps/agent/path"));
    const Child victim(idle, bench.root.make("apps/other"));
    bench.provider = bench.make({.pids = {agent.pid()}});
    for (const Lever lever : {Lever::power_off, Lever::shut_down, Lever::suspend}) {
        const core::StepReport report = bench.pull(lever, "apps");
        CHECK(!report.accepted);
        CHECK(report.problem.find(std::to_string(agent.pid())) != std::string::npos);
    }
    ::usleep(50'000);
    CHECK(::kill(victim.pid(), 0) == 0);
    CHECK(processes_below(bench.root.path()) == 2);
    const core::Rehearsal rehearsal = bench.provider->rehearse({Lever::power_off});
    CHECK(rehearsal.lines[0].answer == core::RehearsalAnswer::refused);
}

TEST_CASE("an agent that is moved into a group after the start is found there") {
    if (!has_cgroup2())
        return;
    CgroupBench bench;
    const Child agent(idle, bench.root.make("later"));
    const Child other(idle, bench.root.make("elsewhere"));
    bench.provider = bench.make({.pids = {other.pid()}});
    write_text(bench.root.path() + "/later/cgroup.procs", std::to_string(other.pid()));
    CHECK(!bench.pull(Lever::power_off, "later").accepted);
    CHECK(bench.pull(Lever::power_off, "elsewhere").accepted);
}

TEST_CASE("this process itself and its supervisor's other children are protected without being named") {
    if (!has_cgroup2())
        return;
    CgroupBench bench;
    const std::string group = bench.root.make("mine");
    Child self(
        [&] {  // in the group, with a provider of its own: it must refuse, and live to tell
            const bool accepted = bench.make({})->carry_out({{1}, {}, {}, {"mine"}, Lever::power_off}).accepted;
            ::_exit(accepted ? 1 : 42);
        },
        group);
    CHECK(WEXITSTATUS(self.wait()) == 42);
    const Child sibling(idle, group);
    CHECK(!bench.make({.supervisor = ::getpid()})->carry_out({{1}, {}, {}, {"mine"}, Lever::power_off}).accepted);
}

TEST_CASE("a root with the agent directly in it refuses to stop its own processes, not its children") {
    if (!has_cgroup2())
        return;
    CgroupBench bench;
    const Child agent(idle, bench.root.path());
    const Child load(idle, bench.root.make("load"));
    bench.provider = bench.make({.pids = {agent.pid()}});
    CHECK(!bench.pull(Lever::power_off, ".").accepted);
    CHECK(!bench.pull(Lever::shut_down, ".").accepted);
    CHECK(bench.pull(Lever::power_off, "load").accepted);
    CHECK(::kill(agent.pid(), 0) == 0);
}

// Only asked, never pulled: were the check wrong, a lever on the top would hit the whole machine.
TEST_CASE("the top of the hierarchy, with pid 1 below it, is not to be acted on") {
    if (!has_cgroup2())
        return;
    const auto top = providers::Group::open_root(cgroup2_mount());
    REQUIRE(top);
    CHECK(!providers::check_agent_is_elsewhere(*top, {}, providers::Reach::subtree).ok());
    const bool pid_1_is_at_the_top = *platform::read_cgroup(1) == *providers::hierarchy_path(*top);
    const platform::Status directly =
        providers::check_agent_is_elsewhere(*top, {.pids = {1}}, providers::Reach::group_only);
    CHECK((!pid_1_is_at_the_top || !directly.ok()));
}

TEST_CASE("a rehearsal is ready where the levers are there, and has no effect") {
    if (!has_cgroup2())
        return;
    const CgroupBench bench;
    const std::vector<Lever> levers = {Lever::power_off, Lever::shut_down, Lever::suspend, Lever::resume};
    for (const core::RehearsalLine& line : bench.provider->rehearse(levers).lines)
        CHECK_MESSAGE(line.answer == core::RehearsalAnswer::ready, line.detail);
    const Child load(burn, bench.root.make("load"));
    const core::Rehearsal rehearsal = bench.provider->rehearse(levers);
    CHECK(rehearsal.provider.text == "machine");
    REQUIRE(rehearsal.lines.size() == 4);
    for (const core::RehearsalLine& line : rehearsal.lines)
        CHECK_MESSAGE(line.answer == core::RehearsalAnswer::ready, line.detail);
    CHECK(bench.provider->rehearse({Lever::start}).lines[0].answer == core::RehearsalAnswer::refused);
    CHECK(bench.observe("load") == Observed::running);
}

TEST_CASE("a rehearsal without the right to pull a lever is refused") {
    if (!has_cgroup2() || ::geteuid() != 0)
        return;
    const CgroupBench bench;
    const Child load(idle, bench.root.make("load"));
    Child unprivileged([&] {
        if (::setgid(65534) != 0 || ::setuid(65534) != 0)
            ::_exit(2);
        for (const core::RehearsalLine& line : bench.provider->rehearse({Lever::power_off, Lever::suspend}).lines) {
            if (line.answer != core::RehearsalAnswer::refused || line.detail.empty())
                ::_exit(1);
        }
        const bool accepted = bench.pull(Lever::power_off, "load").accepted;
        ::_exit(accepted ? 3 : 42);
    });
    CHECK(WEXITSTATUS(unprivileged.wait()) == 42);
    CHECK(bench.observe("load") == Observed::running);
}

TEST_CASE("a process that moved out of the group is not signalled") {
    if (!has_cgroup2())
        return;
    const CgroupBench bench;
    const Child moved(idle, bench.root.make("from"));
    const Child stays(idle_without_term, bench.root.path() + "/from");
    write_text(bench.root.make("to") + "/cgroup.procs", std::to_string(moved.pid()));
    CHECK(bench.pull(Lever::power_off, "from").accepted);
    CHECK(bench.becomes("from", Observed::gone));
    CHECK(bench.observe("to") == Observed::running);
}

TEST_CASE("a threaded group is refused, because its processes belong to its parent") {
    if (!has_cgroup2())
        return;
    const CgroupBench bench;
    const std::string child = bench.root.make("threaded");
    write_text(child + "/cgroup.type", "threaded");
    if (read_text(child + "/cgroup.type") != "threaded\n")
        return;
    CHECK(!bench.pull(Lever::power_off, "threaded").accepted);
    CHECK(bench.pull(Lever::suspend, "threaded").problem.find("threaded") != std::string::npos);
}
