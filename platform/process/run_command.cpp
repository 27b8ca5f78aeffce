#include "platform/process/run_command.hpp"

#include "platform/file/file.hpp"
#include "platform/process/pidfd.hpp"

#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <spawn.h>
#include <unistd.h>

extern char** environ;

namespace noodstop::platform {
namespace {

// A file in memory instead of a pipe: a command that reads slowly or not at all can't block or signal the writer.
Result<FileDescriptor> file_with(const std::string& text) {
    FileDescriptor file(::memfd_create("standard input", MFD_CLOEXEC));
    if (!file.valid())
        return system_error(errno, "create the command's standard input");
    std::size_t written = 0;
    while (written < text.size()) {
        const ssize_t count = ::write(file.number(), text.data() + written, text.size() - written);
        if (count < 0 && errno != EINTR)
            return system_error(errno, "write the command's standard input");
        written += count > 0 ? static_cast<std::size_t>(count) : 0;
    }
    if (::lseek(file.number(), 0, SEEK_SET) != 0)
        return system_error(errno, "rewind the command's standard input");
    return file;
}

class SpawnSettings {
public:
    explicit SpawnSettings(int standard_input) {
        ::posix_spawn_file_actions_init(&files_);
        ::posix_spawn_file_actions_adddup2(&files_, standard_input, STDIN_FILENO);
        ::posix_spawn_file_actions_addopen(&files_, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
        ::posix_spawn_file_actions_addopen(&files_, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
        ::posix_spawn_file_actions_addclosefrom_np(&files_, STDERR_FILENO + 1);
        ::posix_spawnattr_init(&attributes_);
        ::posix_spawnattr_setflags(&attributes_,
                                   POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
        ::posix_spawnattr_setpgroup(&attributes_, 0);
        sigset_t signals;
        ::sigemptyset(&signals);
        ::posix_spawnattr_setsigmask(&attributes_, &signals);
        ::sigfillset(&signals);
        ::posix_spawnattr_setsigdefault(&attributes_, &signals);
    }
    ~SpawnSettings() {
        ::posix_spawn_file_actions_destroy(&files_);
        ::posix_spawnattr_destroy(&attributes_);
    }
    SpawnSettings(const SpawnSettings&) = delete;
    SpawnSettings& operator=(const SpawnSettings&) = delete;

    Result<pid_t> spawn(std::vector<std::string> arguments) const {
        std::vector<char*> pointers;
        for (std::string& argument : arguments)
            pointers.push_back(argument.data());
        pointers.push_back(nullptr);
        pid_t pid = 0;
        const int error = ::posix_spawn(&pid, pointers[0], &files_, &attributes_, pointers.data(), environ);
        if (error != 0)
            return system_error(error, "start " + arguments[0]);
        return pid;
    }

private:
    posix_spawn_file_actions_t files_{};
    posix_spawnattr_t attributes_{};
};

// Raising the score is always allowed; a command that has already ended needs none.
void give_up_memory_protection(pid_t pid) {
    FileDescriptor folder(::open(fmt::format("/proc/{}", pid).c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (folder.valid())
        static_cast<void>(write_kernel_file_at(folder.number(), "oom_score_adj", "0"));
}

// Also of a command that can't be waited for in time: not reaped before this, its number is still its own.
CommandOutcome reap(pid_t pid) {
    int status = 0;
    while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    CommandOutcome outcome;
    if (WIFEXITED(status))
        outcome.exit_code = WEXITSTATUS(status);
    if (WIFSIGNALED(status))
        outcome.signal = WTERMSIG(status);
    return outcome;
}

}  // namespace

Result<CommandOutcome> run_command(const Command& command) {
    if (command.arguments.empty() || !command.arguments[0].starts_with('/'))
        return Error{EINVAL, "a command begins with the absolute path of a program"};
    const Result<FileDescriptor> input = file_with(command.standard_input);
    if (!input)
        return input.error();
    const Result<pid_t> pid = SpawnSettings(input->number()).spawn(command.arguments);
    if (!pid)
        return pid.error();
    give_up_memory_protection(*pid);
    const Result<FileDescriptor> process = open_process(*pid);
    const Result<bool> ended = process ? wait_for_end(*process, command.deadline) : process.error();
    const bool timed_out = !ended || !*ended;
    if (timed_out)
        ::kill(-*pid, SIGKILL);
    CommandOutcome outcome = reap(*pid);
    outcome.timed_out = timed_out;
    return outcome;
}

}  // namespace noodstop::platform
