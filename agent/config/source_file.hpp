// A configuration file as read from disk, with what its owner and mode say about trusting it.
#pragma once

#include "platform/result.hpp"

#include <string>

namespace noodstop::config {

struct SourceFile {
    std::string text;
    unsigned owner = 0;  // user id
    unsigned mode = 0;   // permission bits

    // Nobody but root can have written it.
    bool is_roots() const { return owner == 0 && (mode & 022U) == 0; }
};

// A regular file of at most file_size_max bytes; anything else is an error. Text, owner and mode are of the same file
// even if another takes its name meanwhile.
platform::Result<SourceFile> read_source(const std::string& path);

}  // namespace noodstop::config
