// Real control groups and real processes for the provider tests, cleaned up whatever happens.
#pragma once

#include "agent/core/resource.hpp"

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace noodstop::testing {

// False, with the reason printed, where this machine has no cgroup v2 that can be written to.
bool has_cgroup2();

// The folder of the cgroup v2 hierarchy; empty where there is none.
std::string cgroup2_mount();

// A control group of our own; it and everything in and below it goes with this object. Its parent is our own as well:
// no test acts on a group that holds a stranger, so that a bug in what is tested can't reach beyond the test.
class TestGroup {
public:
    TestGroup();
    ~TestGroup();
    TestGroup(const TestGroup&) = delete;
    TestGroup& operator=(const TestGroup&) = delete;

    const std::string& path() const { return path_; }
    std::string make(const std::string& name) const;  // a group below it; returns its whole path

private:
    std::string outer_;
    std::string path_;
};

void write_text(const std::string& path, const std::string& text);
std::string read_text(const std::string& path);
void remove_groups(const std::string& path);  // kills what is in it

// A forked process that runs `body` in control group `group` (empty: where we are). Killed with this object.
class Child {
public:
    explicit Child(const std::function<void()>& body, const std::string& group = "");
    ~Child();
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;

    pid_t pid() const { return pid_; }
    int wait();  // until it has ended; its wait status

private:
    pid_t pid_ = -1;
};

void burn();               // uses CPU for ever
void idle();               // sleeps for ever
void idle_without_term();  // ignores SIGTERM
bool ignores_term(pid_t pid);
void idle_until_term();  // handles SIGTERM and ends with exit code 5
bool handles_term(pid_t pid);

// `count` processes that all use CPU, each forked by the one before.
std::function<void()> chain_of_burners(int count);

// Replaces every child that ends, at most `count` at a time; ignores SIGTERM.
std::function<void()> respawner(int count);

bool wait_until(const std::function<bool()>& condition, std::chrono::milliseconds patience = std::chrono::seconds(5));

const core::Reading* find(const core::Look& look, const std::string& id);
const core::Measure* find(const std::vector<core::Measure>& measures, core::Metric metric);

}  // namespace noodstop::testing
