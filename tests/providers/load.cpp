#include "tests/providers/load.hpp"

#include "platform/process/process.hpp"

#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>
#include <unistd.h>

namespace noodstop::testing {
namespace {

std::string unused_group() {
    static int count = 0;
    return cgroup2_mount() + "/noodstop-test-" + std::to_string(::getpid()) + "-" + std::to_string(++count);
}

void become_child(const std::function<void()>& body, const std::string& group, int ready) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (const int signal : {SIGTERM, SIGINT, SIGABRT, SIGSEGV})
        ::signal(signal, SIG_DFL);  // doctest handles them
    if (!group.empty())
        write_text(group + "/cgroup.procs", "0");
    if (::write(ready, "1", 1) != 1)
        ::_exit(1);
    ::close(ready);
    body();
    ::_exit(0);
}

// Whether SIGTERM is in that set of /proc/PID/status.
bool has_term_in(pid_t pid, const std::string& key) {
    const std::string status = read_text("/proc/" + std::to_string(pid) + "/status");
    const std::size_t at = status.find(key);
    return at != std::string::npos && (std::stoull(status.substr(at + key.size(), 16), nullptr, 16) & 0x4000) != 0;
}

}  // namespace

std::string cgroup2_mount() {
    const auto mounts = platform::read_mounts();
    for (const platform::Mount& mount : mounts ? *mounts : std::vector<platform::Mount>()) {
        if (mount.type == "cgroup2")
            return mount.point;
    }
    return "";
}

bool has_cgroup2() {
    const std::string path = unused_group();
    if (cgroup2_mount().empty() || ::mkdir(path.c_str(), 0755) != 0) {
        std::puts("SKIP: no cgroup2 mount in which groups can be made");
        return false;
    }
    ::rmdir(path.c_str());
    return true;
}

TestGroup::TestGroup() : outer_(unused_group()), path_(outer_ + "/root") {
    std::filesystem::create_directories(path_);
}

TestGroup::~TestGroup() {
    remove_groups(outer_);
}

std::string TestGroup::make(const std::string& name) const {
    std::filesystem::create_directories(path_ + "/" + name);
    return path_ + "/" + name;
}

void write_text(const std::string& path, const std::string& text) {
    std::ofstream(path) << text << std::flush;
}

std::string read_text(const std::string& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
}

void remove_groups(const std::string& path) {
    if (!std::filesystem::exists(path))
        return;
    write_text(path + "/cgroup.kill", "1");
    wait_until([&] { return read_text(path + "/cgroup.events").starts_with("populated 0"); });
    for (const auto& entry : std::filesystem::directory_iterator(path)) {
        if (entry.is_directory())
            remove_groups(entry.path());
    }
    wait_until([&] { return ::rmdir(path.c_str()) == 0; });
}

Child::Child(const std::function<void()>& body, const std::string& group) {
    int ready[2];
    if (::pipe(ready) != 0)
        std::abort();
    std::fflush(nullptr);
    pid_ = ::fork();
    if (pid_ == 0)
        become_child(body, group, ready[1]);
    if (pid_ < 0)
        std::abort();
    ::close(ready[1]);
    char byte = 0;
    if (::read(ready[0], &byte, 1) != 1)
        std::abort();
    ::close(ready[0]);
}

Child::~Child() {
    if (pid_ <= 0)
        return;
    ::kill(pid_, SIGKILL);
    wait();
}

int Child::wait() {
    int status = 0;
    ::waitpid(pid_, &status, 0);
    pid_ = -1;
    return status;
}

void burn() {
    for (;;)
        asm volatile("");  // so that the compiler keeps the loop
}

void idle() {
    for (;;)
        ::pause();
}

void idle_without_term() {
    ::signal(SIGTERM, SIG_IGN);
    idle();
}

bool ignores_term(pid_t pid) {
    return has_term_in(pid, "SigIgn:\t");
}

void idle_until_term() {
    ::signal(SIGTERM, [](int) { ::_exit(5); });
    idle();
}

bool handles_term(pid_t pid) {
    return has_term_in(pid, "SigCgt:\t");
}

std::function<void()> chain_of_burners(int count) {
    return [count] {
        for (int number = 1; number < count && ::fork() == 0; ++number) {
        }
        burn();
    };
}

std::function<void()> respawner(int count) {
    return [count] {
        ::signal(SIGTERM, SIG_IGN);
        for (int running = 0;;) {
            for (; running < count; ++running) {
                if (::fork() == 0)
                    idle();
            }
            if (::wait(nullptr) > 0)
                --running;
        }
    };
}

bool wait_until(const std::function<bool()>& condition, std::chrono::milliseconds patience) {
    const auto until = std::chrono::steady_clock::now() + patience;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > until)
            return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return true;
}

const core::Reading* find(const core::Look& look, const std::string& id) {
    for (const core::Reading& reading : look.readings) {
        if (reading.id.text == id)
            return &reading;
    }
    return nullptr;
}

const core::Measure* find(const std::vector<core::Measure>& measures, core::Metric metric) {
    for (const core::Measure& measure : measures) {
        if (measure.metric == metric)
            return &measure;
    }
    return nullptr;
}

}  // namespace noodstop::testing
