#include "tests/tls/child.hpp"

#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <spawn.h>
#include <unistd.h>

extern char** environ;

namespace noodstop::testing {

Child::Child(std::vector<std::string> arguments) {
    int input[2];
    int output[2];
    if (::pipe2(input, O_CLOEXEC) != 0 || ::pipe2(output, O_CLOEXEC | O_NONBLOCK) != 0)
        std::abort();
    ::fcntl(output[1], F_SETFL, 0);  // only our end doesn't wait
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, input[0], 0);
    ::posix_spawn_file_actions_adddup2(&actions, output[1], 1);
    ::posix_spawn_file_actions_adddup2(&actions, output[1], 2);
    std::vector<char*> words;
    for (std::string& argument : arguments)
        words.push_back(argument.data());
    words.push_back(nullptr);
    if (::posix_spawnp(&pid_, words[0], &actions, nullptr, words.data(), environ) != 0)
        std::abort();
    ::posix_spawn_file_actions_destroy(&actions);
    ::close(input[0]);
    ::close(output[1]);
    input_ = input[1];
    output_ = output[0];
}

Child::~Child() {
    end_input();
    if (!has_ended()) {
        kill();
        ::waitpid(pid_, &status_, 0);
    }
    ::close(output_);
}

void Child::write(const std::string& text) {
    const auto ignore_pipe = ::signal(SIGPIPE, SIG_IGN);  // it may have ended already
    (void)!::write(input_, text.data(), text.size());
    ::signal(SIGPIPE, ignore_pipe);
}

void Child::end_input() {
    if (input_ >= 0)
        ::close(input_);
    input_ = -1;
}

void Child::read_now() {
    char bytes[4096];
    ssize_t count = 0;
    while ((count = ::read(output_, bytes, sizeof bytes)) > 0)
        said_.append(bytes, static_cast<std::size_t>(count));
}

bool Child::has_ended() {
    if (!has_ended_)
        has_ended_ = ::waitpid(pid_, &status_, WNOHANG) == pid_;
    read_now();
    return has_ended_;
}

const std::string& Child::said() {
    read_now();
    return said_;
}

int Child::exit_code() const {
    return WIFEXITED(status_) ? WEXITSTATUS(status_) : -1;
}

void Child::kill() {
    if (!has_ended_)
        ::kill(pid_, SIGKILL);
}

}  // namespace noodstop::testing
