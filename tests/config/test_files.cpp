#include "agent/config/schema.hpp"
#include "platform/file/file.hpp"
#include "tests/config/support.hpp"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <unistd.h>

namespace noodstop::config {
namespace {

namespace fs = std::filesystem;

class Folder {
public:
    Folder() : path_(fs::temp_directory_path() / ("noodstop-config-" + std::to_string(::getpid()))) {
        fs::create_directories(path_);
    }
    ~Folder() { fs::remove_all(path_); }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;

    std::string write(const std::string& name, const std::string& text, unsigned mode = 0644) const {
        const auto path = (path_ / name).string();
        std::ofstream(path) << text;
        REQUIRE(::chmod(path.c_str(), mode) == 0);
        return path;
    }
    std::string path(const std::string& name) const { return (path_ / name).string(); }

private:
    fs::path path_;
};

Machine owning_machine() {
    auto machine = test_machine();
    machine.check_ownership = true;
    return machine;
}

bool is_root() {
    return ::geteuid() == 0;
}

// The mandate of `minimal` in a file of its own, and what is left.
const std::string mandate_keys = minimal.substr(minimal.find("owner ="));
const std::string main_part = minimal.substr(0, minimal.find("owner =")) + "file = \"own.toml\"\n";

}  // namespace

TEST_CASE("a file with a mandate is root's and nobody else's") {
    if (!is_root())
        return;
    const Folder folder;
    const auto machine = owning_machine();
    CHECK(load_file(folder.write("good.toml", minimal, 0644), machine).ok());
    CHECK(load_file(folder.write("secret.toml", minimal, 0600), machine).ok());
    for (const unsigned mode : {0664U, 0646U, 0666U}) {
        const auto loaded = load_file(folder.write("open.toml", minimal, mode), machine);
        REQUIRE(loaded.mistakes.size() == 1);
        CHECK(loaded.mistakes[0].cure ==
              "Run: chown root:root " + folder.path("open.toml") + " && chmod 0644 " + folder.path("open.toml"));
    }
    const auto others = folder.write("others.toml", minimal, 0644);
    REQUIRE(::chown(others.c_str(), 65534, 65534) == 0);
    CHECK(load_file(others, machine).mistakes.size() == 1);
    CHECK(load_file(others, test_machine()).ok());
}

TEST_CASE("without a mandate nobody asks whose the file is") {
    const Folder folder;
    const auto text = edited(minimal.substr(0, minimal.find("[mandates.own]")), "armed", "disarmed");
    CHECK(load_file(folder.write("open.toml", text, 0666), owning_machine()).ok());
}

TEST_CASE("a mandate may be in a file of its own") {
    const Folder folder;
    const auto path = folder.write("main.toml", main_part);
    folder.write("own.toml", mandate_keys);
    const auto loaded = load_file(path, test_machine());
    REQUIRE_MESSAGE(loaded.ok(), all_texts(loaded.mistakes));
    CHECK(loaded.policy == load(minimal).policy);
}

TEST_CASE("mistakes in a mandate's file are told with that file's name and line") {
    const Folder folder;
    const auto path = folder.write("main.toml", edited(main_part, "warn = \"10\"", "warn = \"26\""));
    const auto text = edited(mandate_keys, "2028-01-01", "\"never\"");
    folder.write("own.toml", text);
    const auto loaded = load_file(path, test_machine());
    INFO(all_texts(loaded.mistakes));
    REQUIRE(loaded.mistakes.size() == 2);
    CHECK(loaded.mistakes[0].file == path);
    CHECK(loaded.mistakes[0].key == "limits.daily.warn");
    CHECK(loaded.mistakes[1].file == folder.path("own.toml"));
    CHECK(loaded.mistakes[1].line == line_of(text, "\"never\""));
    CHECK(loaded.mistakes[1].key == "mandates.own.valid_until");
    folder.write("own.toml", mandate_keys + "[\n");
    CHECK(load_file(path, test_machine()).mistakes.at(1).problem.find("is not TOML") != std::string::npos);
    folder.write("own.toml", mandate_keys + "file = \"main.toml\"\n");
    CHECK(load_file(path, test_machine()).mistakes.at(1).key == "mandates.own.file");
}

TEST_CASE("both files are root's where a mandate is in one of its own") {
    if (!is_root())
        return;
    const Folder folder;
    const auto path = folder.write("main.toml", main_part, 0666);
    folder.write("own.toml", mandate_keys, 0666);
    CHECK(load_file(path, owning_machine()).mistakes.size() == 2);
    folder.write("main.toml", main_part, 0644);
    const auto loaded = load_file(path, owning_machine());
    REQUIRE(loaded.mistakes.size() == 1);
    CHECK(loaded.mistakes[0].file == folder.path("own.toml"));
}

TEST_CASE("beside file stands no other key, and it names a file") {
    const Folder folder;
    folder.write("own.toml", mandate_keys);
    const auto mistakes_of = [&](const std::string& text) {
        return load_file(folder.write("main.toml", text), test_machine()).mistakes;
    };
    CHECK(mistakes_of(main_part + "owner = \"x\"\n").at(0).key == "mandates.own.owner");
    CHECK(mistakes_of(main_part + "owner = \"x\"\n").size() == 1);
    CHECK(mistakes_of(edited(main_part, "\"own.toml\"", "5")).size() == 1);
    const auto missing = mistakes_of(edited(main_part, "own.toml", "not-there.toml"));
    REQUIRE(missing.size() == 1);
    CHECK(missing[0].key == "mandates.own.file");
    CHECK(missing[0].problem.find("No such file") != std::string::npos);
    CHECK(mistakes_of(edited(main_part, "own.toml", "\\u0000")).size() == 1);
}

TEST_CASE("what is no readable text file is one mistake and never a wait") {
    const Folder folder;
    REQUIRE(::mkfifo(folder.path("pipe").c_str(), 0600) == 0);
    for (const std::string& path :
         {folder.path("not-there"), folder.path("pipe"), folder.path("."), std::string("/dev/zero"), std::string()}) {
        const auto loaded = load_file(path, test_machine());
        REQUIRE_MESSAGE(loaded.mistakes.size() == 1, path);
        CHECK(loaded.mistakes[0].line == 0);
    }
    const auto large = load_file(folder.write("large.toml", std::string(file_size_max + 1, '\n')), test_machine());
    REQUIRE(large.mistakes.size() == 1);
    CHECK(large.mistakes[0].problem.find("is longer than 1048576 bytes") != std::string::npos);
}

TEST_CASE("this machine is described as it is") {
    const auto machine = this_machine();
    CHECK(machine.cpus >= 1);
    CHECK(!machine.host_name.empty());
    CHECK(machine.check_ownership);
    REQUIRE(machine.now);
    CHECK(machine.now->since_epoch > std::chrono::hours(24 * 365 * 50));
    if (!machine.own_cgroups.empty())
        CHECK(fs::exists(machine.cgroup_mount + "/cgroup.procs"));
}

}  // namespace noodstop::config
