// Runs one outside command to its end, e.g. a notification: never through a shell, never longer than allowed.
#pragma once

#include "platform/result.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace noodstop::platform {

struct CommandOutcome {
    bool timed_out = false;  // and was killed, with its process group
    int exit_code = -1;      // -1 unless it ended by itself
    int signal = 0;          // that ended it
};

struct Command {
    std::vector<std::string> arguments;  // the first is the absolute path of the program
    std::string standard_input;
    std::chrono::milliseconds deadline{10'000};
};

// Blocks until the command has ended or was killed. It runs in a process group of its own with default signal
// handling, with nothing open but its input, output going to /dev/null, and without this process's protection from
// the out-of-memory killer. What it leaves in the background when it ends in time is left alone. Errors: the program
// can't be started. Nothing else in this process may wait for "any child".
Result<CommandOutcome> run_command(const Command& command);

}  // namespace noodstop::platform
