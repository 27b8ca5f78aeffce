#include "agent/providers/cgroup/levers.hpp"
#include "agent/providers/cgroup/signals.hpp"
#include "tests/providers/cgroup_bench.hpp"

#include <sys/wait.h>

#include <csignal>
#include <unistd.h>

using namespace noodstop;
using namespace noodstop::testing;
using core::Lever;
using core::Observed;

TEST_CASE("power_off ends a busy group with nested groups, and only that one") {
    if (!has_cgroup2())
        return;
    const CgroupBench bench;
    const std::string runaway = bench.root.make("runaway");
    Child direct(chain_of_burners(20), runaway);
    Child nested(chain_of_burners(20), bench.root.make("runaway/a/b/c"));
    const Child other(idle, bench.root.make("other"));
    CHECK(wait_until([&] { return processes_below(runaway) == 40; }));
    CHECK(bench.observe("runaway") == Observed::running);
    const core::StepReport report = bench.pull(Lever::power_off, "runaway");
    CHECK_MESSAGE(report.accepted, report.problem);
    CHECK(report.id.number == 7);
    CHECK(bench.becomes("runaway", Observed::gone));
    CHECK(bench.observe("other") == Observed::running);
    CHECK(std::filesystem::exists(runaway));
}

TEST_CASE("shut_down asks every process of the subtree to end") {
    if (!has_cgroup2())
        return;
    const CgroupBench bench;
    Child direct(idle, bench.root.make("service"));
    Child nested(idle, bench.root.make("service/worker/deep"));
    CHECK(bench.pull(Lever::shut_down, "service").accepted);
    CHECK(WTERMSIG(direct.wait()) == SIGTERM);
    CHECK(WTERMSIG(nested.wait()) == SIGTERM);
    CHECK(bench.becomes("service", Observed::gone));
}

TEST_CASE("who ignores the request to end is still seen running, and power_off ends it") {
    if (!has_cgroup2())
        return;
    const CgroupBench bench;
    const Child stubborn(idle_without_term, bench.root.make("stubborn"));
    REQUIRE(wait_until([&] { return ignores_term(stubborn.pid()); }));
    CHECK(bench.pull(Lever::shut_down, "stubborn").accepted);
    ::usleep(100'000);
    CHECK(bench.observe("stubborn") == Observed::running);
    CHECK(bench.pull(Lever::power_off, "stubborn").accepted);
    CHECK(bench.becomes("stubborn", Observed::gone));
}

TEST_CASE("suspend freezes, resume thaws") {
    if (!has_cgroup2())
        return;
    const CgroupBench bench;
    const Child child(burn, bench.root.make("held"));
    CHECK(bench.pull(Lever::suspend, "held").accepted);
    CHECK(bench.becomes("held", Observed::frozen));
    CHECK(bench.pull(Lever::suspend, "held").accepted);
    CHECK(bench.pull(Lever::resume, "held").accepted);
    CHECK(bench.becomes("held", Observed::running));
}

TEST_CASE("a frozen group is thawed by shut_down so that it can handle the signal") {
    if (!has_cgroup2())
        return;
    const CgroupBench bench;
    Child child(idle_until_term, bench.root.make("held"));
    Child nested(idle_until_term, bench.root.make("held/inner"));
    REQUIRE(wait_until([&] { return handles_term(child.pid()) && handles_term(nested.pid()); }));
    write_text(bench.root.path() + "/held/inner/cgroup.freeze", "1");
    CHECK(bench.pull(Lever::suspend, "held").accepted);
    CHECK(bench.becomes("held", Observed::frozen));
    CHECK(bench.pull(Lever::shut_down, "held").accepted);
    CHECK(bench.becomes("held", Observed::gone));
    bench.pull(Lever::power_off, "held");  // so that a failure doesn't wait for ever
    CHECK(WEXITSTATUS(child.wait()) == 5);
    CHECK(WEXITSTATUS(nested.wait()) == 5);
}

TEST_CASE("power_off ends a frozen group") {
    if (!has_cgroup2())
        return;
    const CgroupBench bench;
    const Child child(chain_of_burners(10), bench.root.make("held"));
    CHECK(bench.pull(Lever::suspend, "held").accepted);
    CHECK(bench.becomes("held", Observed::frozen));
    CHECK(bench.pull(Lever::power_off, "held").accepted);
    CHECK(bench.becomes("held", Observed::gone));
}

TEST_CASE("without cgroup.kill freezing and signals end a group that replaces its processes") {
    if (!has_cgroup2())
        return;
    const TestGroup root;
    const std::string path = root.make("bomb/inner/deeper");
    const Child bomb(respawner(80), path);
    CHECK(wait_until([&] { return processes_below(path) >= 60; }));
    auto group = providers::Group::open_root(root.path() + "/bomb");
    REQUIRE(group);
    const platform::Status killed = providers::kill_by_signals(*group, {}, providers::Reach::subtree);
    CHECK(killed.ok());
    CHECK(processes_below(root.path()) == 0);
    CHECK(read_text(root.path() + "/bomb/cgroup.freeze") == "0\n");
}

TEST_CASE("shut_down of a group that replaces its processes is accepted and changes nothing else") {
    if (!has_cgroup2())
        return;
    const CgroupBench bench;
    const Child bomb(respawner(30), bench.root.make("bomb"));
    CHECK(wait_until([&] { return processes_below(bench.root.path()) >= 31; }));
    CHECK(bench.pull(Lever::shut_down, "bomb").accepted);
    CHECK(bench.observe("bomb") == Observed::running);
    CHECK(bench.pull(Lever::power_off, "bomb").accepted);
    CHECK(bench.becomes("bomb", Observed::gone));
}

TEST_CASE("a control group can't be started") {
    if (!has_cgroup2())
        return;
    const CgroupBench bench;
    bench.root.make("child");
    CHECK(!bench.pull(Lever::start, "child").accepted);
    CHECK(!bench.pull(Lever::start, "child").problem.empty());
}

TEST_CASE("what is missing is gone: nothing to stop, nothing to freeze") {
    if (!has_cgroup2())
        return;
    const CgroupBench bench;
    CHECK(bench.observe("missing") == Observed::gone);
    CHECK(bench.pull(Lever::power_off, "missing").accepted);
    CHECK(bench.pull(Lever::shut_down, "missing").accepted);
    CHECK(!bench.pull(Lever::suspend, "missing").accepted);
    CHECK(!bench.pull(Lever::resume, "missing").accepted);
    bench.root.make("hollow");
    CHECK(bench.observe("hollow") == Observed::gone);
}

TEST_CASE("below a removed root everything is gone, and in a folder that is no control group nothing is known") {
    if (!has_cgroup2())
        return;
    const TestGroup outer;
    providers::CgroupOptions options{{"machine"}, outer.path() + "/removed/deeper", 10, {}, {}};
    CHECK(providers::observe_group(options, {"child"}).observed == Observed::gone);
    CHECK(providers::pull_lever_on_group(options, {{1}, {}, {}, {"child"}, Lever::power_off}).accepted);
    options.root = "/tmp/noodstop-never-made";
    CHECK(providers::observe_group(options, {"child"}).observed == Observed::unknown);
    CHECK(!providers::pull_lever_on_group(options, {{1}, {}, {}, {"child"}, Lever::power_off}).accepted);
}

TEST_CASE("the processes in the root itself are stopped without touching the children") {
    if (!has_cgroup2())
        return;
    const CgroupBench bench;
    Child direct(chain_of_burners(15), bench.root.path());
    const Child other(idle, bench.root.make("other"));
    CHECK(bench.observe(".") == Observed::running);
    CHECK(!bench.pull(Lever::suspend, ".").accepted);
    CHECK(bench.pull(Lever::power_off, ".").accepted);
    CHECK(bench.observe(".") == Observed::gone);
    CHECK(bench.observe("other") == Observed::running);
    Child polite(idle, bench.root.path());
    CHECK(bench.pull(Lever::shut_down, ".").accepted);
    CHECK(WTERMSIG(polite.wait()) == SIGTERM);
    CHECK(bench.observe("other") == Observed::running);
}
