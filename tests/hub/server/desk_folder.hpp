// A folder for the store of a test, removed with it.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

namespace noodstop::hub {

struct DeskFolder {
    DeskFolder() {
        std::string name = "/tmp/noodstop-desk-XXXXXX";
        path = ::mkdtemp(name.data());
    }
    ~DeskFolder() { std::filesystem::remove_all(path); }
    DeskFolder(const DeskFolder&) = delete;
    DeskFolder& operator=(const DeskFolder&) = delete;
    std::string path;
};

}  // namespace noodstop::hub
