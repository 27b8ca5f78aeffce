#include "platform/process/call_filter.hpp"

#include "platform/process/call_lists.hpp"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <sched.h>
#include <unistd.h>
#include <vector>

namespace noodstop::platform {
namespace {

#if defined(__x86_64__) && !defined(__ILP32__)
constexpr std::uint32_t own_architecture = AUDIT_ARCH_X86_64;
constexpr std::uint32_t calls_end = 0x40000000;  // from here on those of x32, which nobody here makes
#elif defined(__aarch64__)
constexpr std::uint32_t own_architecture = AUDIT_ARCH_AARCH64;
constexpr std::uint32_t calls_end = 0xffffffff;
#elif defined(__arm__)
constexpr std::uint32_t own_architecture = AUDIT_ARCH_ARM;
constexpr std::uint32_t calls_end = 0xffffffff;
#elif defined(__riscv) && __riscv_xlen == 64
constexpr std::uint32_t own_architecture = AUDIT_ARCH_RISCV64;
constexpr std::uint32_t calls_end = 0xffffffff;
#else
constexpr std::uint32_t own_architecture = 0;
constexpr std::uint32_t calls_end = 0;
#endif

constexpr std::uint32_t refused = SECCOMP_RET_ERRNO | EPERM;
constexpr std::uint32_t not_there = SECCOMP_RET_ERRNO | ENOSYS;

// The low half of an argument: all that is compared here fits in it.
constexpr std::uint32_t offset_of_argument(unsigned number) {
    constexpr std::uint32_t low_half = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? 4 : 0;
    return static_cast<std::uint32_t>(offsetof(seccomp_data, args)) + number * 8 + low_half;
}

class Program {
public:
    void load(std::uint32_t offset) { add(BPF_LD | BPF_W | BPF_ABS, offset); }
    void answer(std::uint32_t action) { add(BPF_RET | BPF_K, action); }

    void answer_if_equal(std::uint32_t value, std::uint32_t action) {
        add(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1);
        answer(action);
    }
    void answer_unless_equal(std::uint32_t value, std::uint32_t action) {
        add(BPF_JMP | BPF_JEQ | BPF_K, value, 1, 0);
        answer(action);
    }
    void answer_from(std::uint32_t value, std::uint32_t action) {
        add(BPF_JMP | BPF_JGE | BPF_K, value, 0, 1);
        answer(action);
    }

    // The call is allowed if this argument is one of these values, otherwise refused.
    void allow_if(std::uint32_t call, unsigned argument, std::initializer_list<std::uint32_t> values) {
        const auto length = static_cast<std::uint8_t>(2 * values.size() + 2);
        add(BPF_JMP | BPF_JEQ | BPF_K, call, 0, length);
        load(offset_of_argument(argument));
        for (const std::uint32_t value : values)
            answer_if_equal(value, SECCOMP_RET_ALLOW);
        answer(refused);
    }

    // The call is allowed if all of these bits are set in its first argument.
    void allow_if_set(std::uint32_t call, std::uint32_t bits) {
        add(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 5);
        load(offset_of_argument(0));
        add(BPF_ALU | BPF_AND | BPF_K, bits);
        answer_if_equal(bits, SECCOMP_RET_ALLOW);
        answer(refused);
    }

    std::vector<sock_filter>& instructions() { return instructions_; }

private:
    void add(unsigned code, std::uint32_t value, std::uint8_t if_true = 0, std::uint8_t if_false = 0) {
        instructions_.push_back({static_cast<std::uint16_t>(code), if_true, if_false, value});
    }

    std::vector<sock_filter> instructions_;
};

void check_architecture(Program& program) {
    program.load(offsetof(seccomp_data, arch));
    program.answer_unless_equal(own_architecture, SECCOMP_RET_KILL_PROCESS);
    program.load(offsetof(seccomp_data, nr));
    program.answer_from(calls_end, SECCOMP_RET_KILL_PROCESS);
}

void allow_with_conditions(Program& program) {
    program.allow_if(SYS_socket, 0, {AF_UNIX, AF_INET, AF_INET6, AF_NETLINK});  // the last for looking names up
    program.allow_if(SYS_ioctl, 1, {FIONBIO, FIONREAD, TCGETS});
    program.allow_if(SYS_prctl, 0, {PR_SET_NAME, PR_GET_NAME, 0x53564d41 /* PR_SET_VMA */});
    const auto own = static_cast<std::uint32_t>(::getpid());
    program.allow_if(SYS_prlimit64, 0, {0, own});
    program.allow_if(SYS_tgkill, 0, {own});                    // abort()
    program.allow_if_set(SYS_clone, CLONE_THREAD | CLONE_VM);  // threads, no processes
}

Program make_program() {
    Program program;
    check_architecture(program);
    for (const long call : allowed_calls)
        program.answer_if_equal(static_cast<std::uint32_t>(call), SECCOMP_RET_ALLOW);
    for (const long call : deadly_calls)
        program.answer_if_equal(static_cast<std::uint32_t>(call), SECCOMP_RET_KILL_PROCESS);
    program.answer_if_equal(SYS_clone3, not_there);  // its flags can't be seen; libraries then take clone()
    allow_with_conditions(program);
    program.answer(refused);
    return program;
}

}  // namespace

Status filter_calls() {
    if (own_architecture == 0)
        return Error{ENOSYS, "cannot filter system calls: those of this processor are not known here"};
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return system_error(errno, "give up gaining privileges");
    Program program = make_program();
    auto& instructions = program.instructions();
    sock_fprog filter{static_cast<std::uint16_t>(instructions.size()), instructions.data()};
    if (::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &filter) != 0)
        return system_error(errno, "filter system calls (seccomp)");
    return Done{};
}

}  // namespace noodstop::platform
