// A folder for the sockets of one test, removed at its end.
#pragma once

#include <filesystem>
#include <string>
#include <unistd.h>

namespace noodstop::platform {

struct SocketFolder {
    SocketFolder() {
        static int count = 0;
        const std::string name = "noodstop-test-" + std::to_string(::getpid()) + "-" + std::to_string(++count);
        path = (std::filesystem::temp_directory_path() / name).string();
    }
    ~SocketFolder() { std::filesystem::remove_all(path); }
    std::string socket() const { return path + "/s.sock"; }
    std::string path;
};

}  // namespace noodstop::platform
