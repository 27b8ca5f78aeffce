#include "tests/config/support.hpp"

#include <filesystem>
#include <unistd.h>

namespace noodstop::config {
namespace {

namespace fs = std::filesystem;

// A folder that plays the control group mount.
class FakeMount {
public:
    FakeMount() : path_(fs::canonical(fs::temp_directory_path()) / ("noodstop-mount-" + std::to_string(::getpid()))) {
        fs::create_directories(path_ / "load/inner");
        fs::create_directories(path_ / "other");
        fs::create_directory_symlink(path_ / "load", path_ / "link");
    }
    ~FakeMount() { fs::remove_all(path_); }
    FakeMount(const FakeMount&) = delete;
    FakeMount& operator=(const FakeMount&) = delete;
    std::string operator/(const std::string& name) const { return (path_ / name).string(); }
    Machine machine() const {
        auto machine = test_machine();
        machine.cgroup_mount = path_.string();
        return machine;
    }

private:
    fs::path path_;
};

std::string with_root(const std::string& root) {
    return edited(minimal, "/sys/fs/cgroup/noodstop-not-there/batch", root);
}

std::string with_two_roots(const std::string& first, const std::string& second) {
    return with_root(first) + "[providers.second]\nkind = \"cgroup\"\nprice_list = \"own\"\nroot = \"" + second +
           "\" # second\n";
}

std::string with_process(const std::string& keys) {
    return minimal + "[providers.second]\nkind = \"process\"\nprice_list = \"own\"\n" + keys;
}

}  // namespace

TEST_CASE("control groups of two providers don't overlap, by whatever path") {
    const FakeMount mount;
    const auto machine = mount.machine();
    check_loads(with_two_roots(mount / "load", mount / "other"), machine);
    for (const char* second : {"load", "load/inner", "link", "link/inner", "other/../load", "load/", "load/not-there"})
        check_only_mistake(with_two_roots(mount / "load", mount / second),
                           {"# second", "providers.second.root", "providers.batch"}, machine);
    check_only_mistake(with_two_roots(mount / "load/inner", mount / "load"),
                       {"# second", "providers.second.root", "overlaps with"}, machine);
    check_loads(with_two_roots(mount / "not-there", mount / "not-there-either"), machine);
    check_loads(with_two_roots("/sys/fs/cgroup/noodstop-not-there/a", "/sys/fs/cgroup/noodstop-not-there/ab"), machine);
}

TEST_CASE("a control group with the agent inside can't be stopped by it") {
    const FakeMount mount;
    auto machine = mount.machine();
    machine.own_cgroups = {"/other", "/load/inner"};
    check_only_mistake(with_root(mount / "load"),
                       {"root = ", "providers.batch.root", "has the agent's own control group"}, machine);
    check_only_mistake(with_root(mount / "link"),
                       {"root = ", "providers.batch.root", "has the agent's own control group"}, machine);
    machine.own_cgroups = {"/load/inner/deep/in"};
    check_only_mistake(with_root(mount / "load"),
                       {"root = ", "providers.batch.root", "has the agent's own control group"}, machine);
    machine.own_cgroups = {"/load", "/", "/loader/x"};
    check_loads(with_root(mount / "load"), machine);
}

TEST_CASE("a root that exists is a control group; one that doesn't is remarked") {
    const FakeMount mount;
    const auto machine = mount.machine();
    check_only_mistake(with_root("/usr"), {"root = ", "providers.batch.root", "is not a control group"}, machine);
    CHECK(has_remark(load(with_root(mount / "not-there"), machine), "providers.batch.root", "does not exist now"));
    CHECK(!has_remark(load(with_root(mount / "load"), machine), "providers.batch.root", "does not exist now"));
    check_only_mistake(with_root("batch"), {"root = ", "providers.batch.root", "is not an absolute path"}, machine);
}

TEST_CASE("a process provider selects something, and not what another one selects") {
    check_only_mistake(with_process(""), {"[providers.second]", "providers.second", "selects no process"});
    check_only_mistake(with_process("executable = \"blender\"\n"),
                       {"blender", "providers.second.executable", "is not an absolute path"});
    check_only_mistake(with_process("pid_file = \"x.pid\"\n"),
                       {"x.pid", "providers.second.pid_file", "is not an absolute path"});
    check_only_mistake(with_process("user = \"\"\n"), {"user = ", "providers.second.user", "is empty"});
    check_only_mistake(with_process("user = \"render\"\n") + second_zone,
                       {"[providers.render]", "providers.render", "selects the same processes as providers.second"});
    check_loads(with_process("user = \"render\"\nexecutable = \"/bin/x\"\n") + second_zone);
}

TEST_CASE("keys of the other kind of provider mean nothing") {
    check_only_mistake(with_process("user = \"a\"\nroot = \"/x\"\n"),
                       {"root = \"/x\"", "providers.second.root", "means nothing where kind = \"process\""});
    check_only_mistake(edited(minimal, "kind = \"cgroup\"", "kind = \"cgroup\"\nuser = \"a\""),
                       {"user", "providers.batch.user", "means nothing"});
    check_only_mistake(edited(minimal, "kind = \"cgroup\"", "kind = \"azure\""),
                       {"azure", "providers.batch.kind", "\"azure\" is not one of its words"});
}

TEST_CASE("intervals of a provider make sense together") {
    const auto with = [](const std::string& line) {
        return edited(minimal, "kind = \"cgroup\"", "kind = \"cgroup\"\n" + line);
    };
    check_only_mistake(with("poll_interval = \"0s\""),
                       {"poll", "providers.batch.poll_interval", "\"0s\" is too small"});
    check_only_mistake(with("poll_interval = \"99ms\""),
                       {"poll", "providers.batch.poll_interval", "\"99ms\" is too small"});
    check_only_mistake(with("look_deadline = \"0s\""),
                       {"look", "providers.batch.look_deadline", "\"0s\" is too small"});
    check_only_mistake(with("blind_after = \"500ms\""),
                       {"blind", "providers.batch.blind_after", "blind between two looks"});
    check_only_mistake(with("poll_interval = \"10s\""),
                       {"poll", "providers.batch.poll_interval", "blind between two looks"});
    check_only_mistake(with("resources_max = 0"), {"resources_max", "providers.batch.resources_max", "0 is too small"});
    check_loads(with("poll_interval = \"5s\""));
}

TEST_CASE("blind_rate is what all CPUs cost, at their price or the unknown one") {
    const auto rate = [](const std::string& prices) {
        const auto loaded = load(edited(minimal, "{ metric = \"cpu\", price = \"0.048\" }", prices));
        REQUIRE_MESSAGE(loaded.ok(), all_texts(loaded.mistakes));
        return loaded.policy.providers[0].blind_rate.micros_per_hour;
    };
    CHECK(rate("{ metric = \"cpu\", price = \"0.048\" }") == 4 * 48'000);
    CHECK(rate("{ metric = \"cpu\", price = \"0.048\" }, { metric = \"cpu\", sku = \"cgroup\", price = \"0.02\" }") ==
          4 * 20'000);
    CHECK(rate("{ metric = \"cpu\", sku = \"process\", price = \"0.02\" }") == 4 * 2'000'000);
    CHECK(rate("{ metric = \"memory\", price = \"0.02\" }") == 4 * 2'000'000);
    CHECK(rate("{ metric = \"cpu\", free = true }") == 4 * 2'000'000);
    CHECK(rate("{ metric = \"cpu\", price = 9000000000000 }") == core::rate_max.micros_per_hour);
    const auto given = load(edited(minimal, "kind = \"cgroup\"", "kind = \"cgroup\"\nblind_rate = \"1.5\""));
    CHECK(given.policy.providers.at(0).blind_rate.micros_per_hour == 1'500'000);
    check_only_mistake(edited(minimal, "kind = \"cgroup\"", "kind = \"cgroup\"\nblind_rate = 0"),
                       {"blind_rate", "providers.batch.blind_rate", "0 is too small"});
}

}  // namespace noodstop::config
