// What supervisor and children hand to each other: policies, messages, and the lock on the state folder.
#include "agent/run/control_message.hpp"
#include "agent/run/policy_file.hpp"
#include "agent/run/process_lock.hpp"
#include "tests/run/world.hpp"

#include <doctest/doctest.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include <csignal>
#include <cstdlib>
#include <unistd.h>

using namespace noodstop;
using namespace noodstop::run;

namespace {

struct LockFile {
    std::string path;
    LockFile() {
        char name[] = "/tmp/noodstop-lock-XXXXXX";
        ::close(::mkstemp(name));
        path = name;
    }
    ~LockFile() { ::unlink(path.c_str()); }
};

// A process that holds the lock until it is told to end; says so through a pipe.
pid_t start_holder(const std::string& path, bool ignores_term) {
    int ready[2];
    REQUIRE(::pipe(ready) == 0);
    const pid_t pid = ::fork();
    if (pid == 0) {
        std::signal(SIGTERM, ignores_term ? SIG_IGN : SIG_DFL);
        const LockOutcome outcome = take_process_lock(path);
        const char byte = outcome.lock.valid() ? 'y' : 'n';
        if (::write(ready[1], &byte, 1) == 1)
            ::pause();
        ::_exit(0);
    }
    char byte = 0;
    CHECK(::read(ready[0], &byte, 1) == 1);
    CHECK(byte == 'y');
    ::close(ready[0]);
    ::close(ready[1]);
    return pid;
}

int end_signal(pid_t pid) {
    int status = 0;
    ::waitpid(pid, &status, 0);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

}  // namespace

TEST_CASE("whoever was handed a policy can't change what the next one gets") {
    const auto file = make_policy_file(noodstop::testing::small_policy());
    REQUIRE(file.ok());
    const char byte = 'x';
    CHECK(::pwrite(file->number(), &byte, 1, 0) == -1);
    CHECK(::ftruncate(file->number(), 0) == -1);
    CHECK(::ftruncate(file->number(), 1 << 20) == -1);
    CHECK(*read_policy_file(file->number()) == noodstop::testing::small_policy());
}

TEST_CASE("a policy arrives as it was handed on, as often as it is read") {
    const core::Policy policy = noodstop::testing::small_policy();
    const auto file = make_policy_file(policy);
    REQUIRE(file);
    for (int time = 0; time < 2; ++time) {
        const auto read = read_policy_file(file->number());
        REQUIRE(read);
        CHECK(*read == policy);
    }
}

TEST_CASE("a policy that is cut off anywhere is refused") {
    const auto file = make_policy_file(noodstop::testing::small_policy());
    REQUIRE(file);
    const off_t size = ::lseek(file->number(), 0, SEEK_END);
    std::string bytes(static_cast<std::size_t>(size), '\0');
    REQUIRE(::pread(file->number(), bytes.data(), bytes.size(), 0) == size);
    const platform::FileDescriptor copy(::memfd_create("copy", MFD_CLOEXEC));
    REQUIRE(::write(copy.number(), bytes.data(), bytes.size()) == size);
    CHECK(read_policy_file(copy.number()));
    for (off_t length = size - 1; length >= 0; length -= 7) {
        REQUIRE(::ftruncate(copy.number(), length) == 0);
        CHECK(!read_policy_file(copy.number()));
    }
}

TEST_CASE("a control message arrives with its text and its file, and the end of the other side shows") {
    auto pair = make_control_pair();
    REQUIRE(pair);
    auto file = make_policy_file({});
    REQUIRE(file);
    REQUIRE(
        send_control(pair->left.number(), {.kind = ControlKind::doors_link, .text = "123", .file = std::move(*file)}));
    const ControlReceived received = receive_control(pair->right.number());
    REQUIRE(received.message);
    CHECK(received.message->kind == ControlKind::doors_link);
    CHECK(received.message->text == "123");
    CHECK(read_policy_file(received.message->file.number()));
    CHECK(!receive_control(pair->right.number()).closed);
    pair->left.close();
    CHECK(receive_control(pair->right.number()).closed);
}

TEST_CASE("a message of no known kind is left out and closes nothing") {
    auto pair = make_control_pair();
    REQUIRE(pair);
    REQUIRE(::write(pair->left.number(), "?rubbish", 8) == 8);
    const ControlReceived received = receive_control(pair->right.number());
    CHECK(!received.message);
    CHECK(!received.closed);
}

TEST_CASE("a peer that doesn't read makes a message fail and nobody wait") {
    auto pair = make_control_pair();
    REQUIRE(pair);
    bool refused = false;
    for (int count = 0; count < 100'000 && !refused; ++count)
        refused = !send_control(pair->left.number(), {.kind = ControlKind::alive, .text = "", .file = {}});
    CHECK(refused);
}

TEST_CASE("a lock names its holder, and goes when the holder is killed") {
    const LockFile file;
    const pid_t holder = start_holder(file.path, false);
    CHECK(lock_holder(file.path) == holder);
    CHECK(take_process_lock(file.path).holder == holder);
    ::kill(holder, SIGKILL);
    CHECK(end_signal(holder) == SIGKILL);
    CHECK(lock_holder(file.path) == 0);
    CHECK(take_process_lock(file.path).lock.valid());
}

TEST_CASE("a holder is asked to end, and made to if it doesn't") {
    const LockFile file;
    for (const bool ignores_term : {false, true}) {
        const pid_t holder = start_holder(file.path, ignores_term);
        CHECK(end_lock_holder(file.path, std::chrono::milliseconds(100)));
        CHECK(end_signal(holder) == (ignores_term ? SIGKILL : SIGTERM));
    }
}

TEST_CASE("ending the holder of a lock that nobody holds ends nobody") {
    const LockFile file;
    CHECK(end_lock_holder(file.path, std::chrono::milliseconds(100)));
    CHECK(end_lock_holder(file.path + ".missing", std::chrono::milliseconds(100)));
}

TEST_CASE("a folder that doesn't let us lock is told apart from one that is taken") {
    const LockOutcome outcome = take_process_lock("/proc/no-such-folder/lock");
    CHECK(!outcome.lock.valid());
    CHECK(outcome.holder == 0);
    CHECK(!outcome.problem.empty());
}
