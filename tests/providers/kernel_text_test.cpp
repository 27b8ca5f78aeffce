#include "agent/providers/cgroup/kernel_text.hpp"

#include <doctest/doctest.h>

#include <random>
#include <string>

using namespace noodstop::providers;

namespace {

const std::string cpu_stat = "usage_usec 123456\nuser_usec 100000\nsystem_usec 23456\nnice_usec 0\n";
const std::string events = "populated 1\nfrozen 0\n";

std::string random_text(std::mt19937& random) {
    static const std::string alphabet = "usage_usec populated frozen 0123456789\n -x";
    std::string text(random() % 60, ' ');
    for (char& c : text)
        c = random() % 8 == 0 ? static_cast<char>(random()) : alphabet[random() % alphabet.size()];
    return text;
}

}  // namespace

TEST_CASE("the CPU time of a group is read from cpu.stat") {
    CHECK(parse_cpu_usage(cpu_stat) == 123456);
    CHECK(parse_cpu_usage("user_usec 5\nusage_usec 7\n") == 7);
    CHECK(parse_cpu_usage("usage_usec 9223372036854775807\n") == INT64_MAX);
}

TEST_CASE("cpu.stat cut off at any byte gives the whole figure or none") {
    for (std::size_t size = 0; size <= cpu_stat.size(); ++size) {
        const auto usage = parse_cpu_usage(cpu_stat.substr(0, size));
        CHECK((size < 18 ? !usage.has_value() : usage == 123456));
    }
}

TEST_CASE("cpu.stat that isn't the kernel's gives no figure") {
    for (const char* text : {"", "\n", "usage_usec\n", "usage_usec \n", "usage_usec -1\n", "usage_usec 1 2\n",
                             "usage_usec 0x10\n", "usage_usec 9223372036854775808\n", "usage_usec_more 4\n",
                             "usage_usec 99999999999999999999999\n", "usage_usec 12a\n"})
        CHECK_MESSAGE(!parse_cpu_usage(text), text);
}

TEST_CASE("cgroup.events says populated and frozen, in any order") {
    CHECK(parse_events(events)->populated);
    CHECK(!parse_events(events)->frozen);
    CHECK(parse_events("frozen 1\npopulated 0\nnew 3\n")->frozen);
    CHECK(!parse_events("frozen 1\npopulated 0\n")->populated);
}

TEST_CASE("cgroup.events cut off at any byte gives both words or none") {
    for (std::size_t size = 0; size < events.size(); ++size)
        CHECK(!parse_events(events.substr(0, size)));
    CHECK(parse_events(events));
}

TEST_CASE("cgroup.events with anything but 0 and 1 gives nothing") {
    for (const char* text : {"populated 2\nfrozen 0\n", "populated\nfrozen 0\n", "populated -0\nfrozen 0\n",
                             "populated 1\n", "frozen 0\n", "populated yes\nfrozen no\n"})
        CHECK_MESSAGE(!parse_events(text), text);
}

TEST_CASE("a file with one number is read whole or not at all") {
    CHECK(parse_amount("4096\n") == 4096);
    CHECK(parse_amount("0\n") == 0);
    for (const char* text : {"", "4096", "max\n", "4096\n1\n", " 4096\n", "4096 \n", "-1\n"})
        CHECK_MESSAGE(!parse_amount(text), text);
}

TEST_CASE("the processes of a group are read whole or not at all") {
    CHECK(parse_processes("")->empty());
    CHECK(parse_processes("1\n22\n333\n")->size() == 3);
    CHECK(parse_processes("0\n")->front() == 0);
    for (const char* text : {"1\n22", "1\n\n2\n", "x\n", "99999999999\n", "-1\n"})
        CHECK_MESSAGE(!parse_processes(text), text);
}

TEST_CASE("random text never gives a negative figure") {
    std::mt19937 random(7);
    for (int round = 0; round < 20000; ++round) {
        const std::string text = random_text(random);
        CHECK(parse_cpu_usage(text).value_or(0) >= 0);
        CHECK(parse_amount(text).value_or(0) >= 0);
        for (const pid_t pid : parse_processes(text).value_or(std::vector<pid_t>()))
            CHECK(pid >= 0);
        static_cast<void>(parse_events(text));
    }
}
