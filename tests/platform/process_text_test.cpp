#include "platform/process/proc_text.hpp"

#include <doctest/doctest.h>

#include <random>
#include <string>

using namespace noodstop::platform;

namespace {

const std::string stat_line =
    "5631 (a (b) c) R 5619 5618 2849 0 -1 4194304 99 0 0 0 123 45 0 0 20 0 3 0 110287 3133440 390 18446744073709551615 "
    "1 1 0 0 0 0 0 0 0 0 0 0 17 0 0 0 0 0 0 1 1 1 1 1 1 1 0\n";

const std::string mount_line =
    "41 31 0:38 /a\\040b /sys/fs/cgroup rw,relatime shared:3 master:1 - cgroup2 cgroup2 rw\n";

}  // namespace

TEST_CASE("/proc/PID/stat is read behind the last parenthesis") {
    const auto stat = parse_process_stat(stat_line);
    REQUIRE(stat);
    CHECK(stat->pid == 5631);
    CHECK(stat->state == 'R');
    CHECK(stat->parent == 5619);
    CHECK(stat->user_ticks == 123);
    CHECK(stat->system_ticks == 45);
    CHECK(stat->threads == 3);
    CHECK(stat->start_ticks == 110287);
    CHECK(!stat->is_kernel_thread());
}

TEST_CASE("/proc/PID/stat cut off at any byte gives nothing") {
    for (std::size_t size = 0; size < stat_line.size(); ++size)
        CHECK(!parse_process_stat(stat_line.substr(0, size)));
}

TEST_CASE("/proc/PID/stat with a field that is no number gives nothing") {
    for (const char* part : {"110287", " 123 ", " 45 ", " 5619 ", "4194304", " 3 0 "}) {
        std::string text = stat_line;
        text.replace(text.find(part), std::string(part).size(), " x ");
        CHECK_MESSAGE(!parse_process_stat(text), text);
    }
    CHECK(!parse_process_stat("1 () \n"));
    CHECK(!parse_process_stat(") (\n"));
}

TEST_CASE("a zombie with other threads has not ended") {
    ProcessStat stat;
    stat.state = 'Z';
    stat.threads = 2;
    CHECK(!stat.has_ended());
    stat.threads = 1;
    CHECK(stat.has_ended());
}

TEST_CASE("the real user is the first of the four numbers") {
    CHECK(parse_real_user("Name:\tx\nUid:\t1000\t0\t0\t0\nGid:\t5\t5\t5\t5\n") == 1000U);
    CHECK(!parse_real_user("Name:\tx\nUid:\t1000\t0\t0\t0"));
    CHECK(!parse_real_user("Uid:\t1000\n"));
    CHECK(!parse_real_user("Uid:\tx\t0\t0\t0\n"));
    CHECK(!parse_real_user(""));
}

TEST_CASE("the unified control group is the line of hierarchy 0") {
    CHECK(parse_unified_cgroup("9:name=systemd:/x\n4:memory:/y\n0::/a/b c\n") == "/a/b c");
    CHECK(parse_unified_cgroup("0::/\n") == "/");
    CHECK(!parse_unified_cgroup("0::/a"));
    CHECK(!parse_unified_cgroup("4:memory:/y\n"));
    CHECK(!parse_unified_cgroup(""));
    CHECK(parse_mount_id("pos:\t0\nflags:\t02200000\nmnt_id:\t31\nino:\t1\n") == 31);
    CHECK(!parse_mount_id("pos:\t0\nmnt_id:\t31"));
    CHECK(!parse_mount_id("pos:\t0\nmnt_id:\t-1\n"));
}

TEST_CASE("mounts are read with their escaped blanks and optional fields") {
    const auto mounts = parse_mounts("nonsense\n" + mount_line + "1 2 0:1 / /x rw - tmpfs tmpfs rw\n");
    REQUIRE(mounts.size() == 2);
    CHECK(mounts[0].id == 41);
    CHECK(mounts[0].root == "/a b");
    CHECK(mounts[0].point == "/sys/fs/cgroup");
    CHECK(mounts[0].type == "cgroup2");
    CHECK(mounts[1].type == "tmpfs");
    for (std::size_t size = 0; size < mount_line.size(); ++size)
        CHECK(parse_mounts(mount_line.substr(0, size)).empty());
}

TEST_CASE("lists of processes are read whole or not at all") {
    CHECK(parse_pid_list("1 22 333 ")->size() == 3);
    CHECK(parse_pid_list("")->empty());
    CHECK(!parse_pid_list("1 x"));
    CHECK(!parse_pid_list("99999999999 "));
    CHECK(parse_pid_list("1 22\n")->size() == 2);
    CHECK(!parse_pid_list("1 22"));  // may have been 222
}

TEST_CASE("random text harms no parser") {
    std::mt19937 random(11);
    for (int round = 0; round < 20000; ++round) {
        std::string text = random() % 2 == 0 ? stat_line : mount_line;
        for (int change = 0; change < 4; ++change)
            text[random() % text.size()] = static_cast<char>(random());
        text.resize(random() % (text.size() + 1));
        const auto stat = parse_process_stat(text);
        CHECK((!stat || stat->threads >= 0));
        static_cast<void>(parse_mounts(text));
        static_cast<void>(parse_real_user(text));
        static_cast<void>(parse_unified_cgroup(text));
        static_cast<void>(parse_pid_list(text));
    }
}
