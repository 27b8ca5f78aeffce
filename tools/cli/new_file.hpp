// Files that are made once and never overwritten.
#pragma once

#include "platform/result.hpp"

#include <sys/types.h>

#include <string>

namespace noodstop::cli {

struct NewFile {
    std::string path;
    std::string content;
    mode_t mode = 0644;
    uid_t owner = 0;  // of a file that is somebody else's than ours, root's help is needed
};

// Whole and durable, or not there: nobody ever sees a part of it. EEXIST if the name is taken.
platform::Status make_new_file(const NewFile& file);

}  // namespace noodstop::cli
