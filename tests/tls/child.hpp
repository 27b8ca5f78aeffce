// A stock program as a child process: what it is told, and what it says.
#pragma once

#include <sys/wait.h>

#include <string>
#include <vector>

namespace noodstop::testing {

class Child {
public:
    // Found in PATH. Standard error goes where standard output goes.
    explicit Child(std::vector<std::string> arguments);
    ~Child();  // kills it
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;

    void write(const std::string& text);  // to its input
    void end_input();

    bool has_ended();           // never waits; reads what it has said meanwhile
    const std::string& said();  // so far
    int exit_code() const;      // once it has ended; -1 if a signal ended it
    void kill();

private:
    void read_now();

    pid_t pid_ = -1;
    int input_ = -1;
    int output_ = -1;
    std::string said_;
    bool has_ended_ = false;
    int status_ = 0;
};

}  // namespace noodstop::testing
