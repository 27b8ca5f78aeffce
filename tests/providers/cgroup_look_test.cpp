#include "agent/providers/cgroup/look.hpp"
#include "agent/providers/cgroup/provider.hpp"
#include "tests/providers/load.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <thread>
#include <unistd.h>

using namespace noodstop;
using namespace noodstop::testing;
using providers::CgroupOptions;

namespace {

CgroupOptions options_for(const TestGroup& group) {
    CgroupOptions options;
    options.name = {"machine"};
    options.root = group.path();
    return options;
}

std::int64_t cpu_of(const std::vector<core::Measure>& measures) {
    const core::Measure* cpu = find(measures, core::Metric::cpu);
    REQUIRE(cpu != nullptr);
    REQUIRE(cpu->known);
    return cpu->raw;
}

}  // namespace

TEST_CASE("the children of the root are the resources, sorted, with their activity") {
    if (!has_cgroup2())
        return;
    const TestGroup root;
    const Child busy(burn, root.make("busy"));
    const Child cold(idle, root.make("cold"));
    root.make("hollow/nested");
    write_text(root.path() + "/cold/cgroup.freeze", "1");
    REQUIRE(wait_until(
        [&] { return read_text(root.path() + "/cold/cgroup.events").find("frozen 1") != std::string::npos; }));
    const core::Look look = providers::look_at_groups(options_for(root));
    CHECK(look.quality == core::LookQuality::good);
    CHECK(look.problem.empty());
    CHECK(look.provider.text == "machine");
    REQUIRE(look.readings.size() == 3);
    CHECK(look.readings[0].id.text == "busy");
    CHECK(look.readings[0].activity == core::Activity::running);
    CHECK(look.readings[1].activity == core::Activity::frozen);
    CHECK(look.readings[2].activity == core::Activity::stopped);
    CHECK(look.readings[0].sku == "cgroup");
    CHECK(look.readings[0].region == "local");
    CHECK(!look.readings[0].created);
}

TEST_CASE("CPU time counts up for the busy child and for the root's totals") {
    if (!has_cgroup2())
        return;
    const TestGroup root;
    const Child busy(burn, root.make("busy/inner"));
    const auto begin = std::chrono::steady_clock::now();
    const core::Look first = providers::look_at_groups(options_for(root));
    REQUIRE(first.readings.size() == 1);
    core::Look second;
    CHECK(wait_until([&] {
        second = providers::look_at_groups(options_for(root));
        return cpu_of(second.readings[0].measures) - cpu_of(first.readings[0].measures) > 50'000;
    }));
    const core::Duration elapsed = std::chrono::ceil<core::Duration>(std::chrono::steady_clock::now() - begin);
    CHECK(cpu_of(second.readings[0].measures) - cpu_of(first.readings[0].measures) < elapsed.count() + 50'000);
    CHECK(cpu_of(second.totals) - cpu_of(first.totals) > 50'000);
}

TEST_CASE("what a removed child used stays in the totals") {
    if (!has_cgroup2())
        return;
    const TestGroup root;
    {
        const Child busy(burn, root.make("short"));
        CHECK(wait_until([&] { return cpu_of(providers::look_at_groups(options_for(root)).totals) > 30'000; }));
    }
    const std::int64_t used = cpu_of(providers::look_at_groups(options_for(root)).readings[0].measures);
    remove_groups(root.path() + "/short");
    const core::Look after = providers::look_at_groups(options_for(root));
    CHECK(after.quality == core::LookQuality::good);
    CHECK(after.readings.empty());
    CHECK(used > 10'000);
    CHECK(cpu_of(after.totals) >= used);
}

TEST_CASE("a missing root is an absent look with a reason and never an empty good one") {
    if (!has_cgroup2())
        return;
    const TestGroup root;
    CgroupOptions options = options_for(root);
    options.root += "/never-made";
    const core::Look look = providers::look_at_groups(options);
    CHECK(look.quality == core::LookQuality::absent);
    CHECK(look.problem.find("never-made") != std::string::npos);
}

TEST_CASE("a root removed while it is read makes the look absent") {
    if (!has_cgroup2())
        return;
    const TestGroup outer;
    CgroupOptions options = options_for(outer);
    options.root = outer.make("root");
    auto root = providers::Group::open_root(options.root);
    REQUIRE(root);
    REQUIRE(::rmdir(options.root.c_str()) == 0);
    CHECK(providers::look_at_children(options, *root).quality == core::LookQuality::absent);
    outer.make("root");
    CHECK(providers::look_at_children(options, *root).quality == core::LookQuality::absent);
    CHECK(providers::look_at_groups(options).quality == core::LookQuality::good);
}

TEST_CASE("children that come and go during looks never spoil them") {
    if (!has_cgroup2())
        return;
    const TestGroup root;
    root.make("steady");
    std::atomic<bool> stop = false;
    std::thread churn([&] {
        for (unsigned number = 0; !stop; ++number) {
            const std::string path = root.path() + "/comes" + std::to_string(number % 7);
            ::mkdir(path.c_str(), 0755);
            ::rmdir(path.c_str());
        }
    });
    CgroupOptions options = options_for(root);
    options.priced = {core::Metric::cpu, core::Metric::memory};
    int listed = 0;
    for (int round = 0; round < 3000; ++round) {
        const core::Look look = providers::look_at_groups(options);
        CHECK_MESSAGE(look.quality == core::LookQuality::good, look.problem);
        CHECK(find(look, "steady") != nullptr);
        listed += look.readings.size() > 1 ? 1 : 0;
    }
    stop = true;
    churn.join();
    CHECK(listed > 0);
}

TEST_CASE("a priced figure that the kernel doesn't give is unknown and not zero") {
    if (!has_cgroup2())
        return;
    const TestGroup root;
    const std::string child = root.make("child");
    CgroupOptions options = options_for(root);
    const bool has_memory = std::filesystem::exists(child + "/memory.current");
    const core::Look unpriced = providers::look_at_groups(options);
    CHECK((find(unpriced.readings[0].measures, core::Metric::memory) != nullptr) == has_memory);
    options.priced = {core::Metric::memory, core::Metric::gpu};
    const core::Look priced = providers::look_at_groups(options);
    CHECK(priced.quality == core::LookQuality::good);
    REQUIRE(find(priced.readings[0].measures, core::Metric::memory) != nullptr);
    CHECK(find(priced.readings[0].measures, core::Metric::memory)->known == has_memory);
    REQUIRE(find(priced.readings[0].measures, core::Metric::gpu) != nullptr);
    CHECK(!find(priced.readings[0].measures, core::Metric::gpu)->known);
}

TEST_CASE("processes directly in the root are a resource of their own, priced by the totals") {
    if (!has_cgroup2())
        return;
    const TestGroup root;
    CHECK(find(providers::look_at_groups(options_for(root)), ".") == nullptr);
    const Child child(burn, root.path());
    const core::Look look = providers::look_at_groups(options_for(root));
    REQUIRE(find(look, ".") != nullptr);
    CHECK(find(look, ".")->activity == core::Activity::running);
    CHECK(find(find(look, ".")->measures, core::Metric::cpu) == nullptr);
    CHECK(find(look.totals, core::Metric::cpu) != nullptr);
}

TEST_CASE("more children than resources_max make the look partial and say so") {
    if (!has_cgroup2())
        return;
    const TestGroup root;
    for (int number = 0; number < 5; ++number)
        root.make("child" + std::to_string(number));
    CgroupOptions options = options_for(root);
    options.resources_max = 5;
    CHECK(providers::look_at_groups(options).quality == core::LookQuality::good);
    options.resources_max = 3;
    const core::Look look = providers::look_at_groups(options);
    CHECK(look.quality == core::LookQuality::partial);
    CHECK(look.readings.size() == 3);
    CHECK(look.problem.find("resources_max") != std::string::npos);
}

TEST_CASE("a look at 100 children takes a small part of a second") {
    if (!has_cgroup2())
        return;
    const TestGroup root;
    for (int number = 0; number < 100; ++number)
        root.make("child" + std::to_string(number));
    const auto begin = std::chrono::steady_clock::now();
    for (int round = 0; round < 10; ++round)
        CHECK(providers::look_at_groups(options_for(root)).readings.size() == 100);
    const auto each = (std::chrono::steady_clock::now() - begin) / 10;
    MESSAGE("microseconds per look: " << std::chrono::duration_cast<std::chrono::microseconds>(each).count());
    CHECK(each < std::chrono::milliseconds(250));
}

TEST_CASE("a wrong root is refused when the provider is made") {
    if (!has_cgroup2())
        return;
    const TestGroup root;
    const std::string link = "/tmp/noodstop-test-link-" + std::to_string(::getpid());
    std::filesystem::create_symlink(root.path(), link);
    core::ProviderPolicy policy;
    const auto is_made = [&](const std::string& path) {
        policy.settings = core::CgroupSettings{path};
        return providers::make_cgroup_provider(policy, {}, {}).ok();
    };
    CHECK(!is_made("/tmp"));
    CHECK(!is_made("relative"));
    CHECK(!is_made(""));
    CHECK(!is_made(link));
    CHECK(!is_made(root.path() + "/cgroup.procs"));
    CHECK(is_made(root.path()));
    CHECK(is_made(root.path() + "/made-later"));
    policy.settings = core::ProcessSettings{};
    CHECK(!providers::make_cgroup_provider(policy, {}, {}).ok());
    std::filesystem::remove(link);
}
