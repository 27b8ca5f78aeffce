// Files that others must not be able to change, or, where they hold a secret, to read.
#pragma once

#include "platform/result.hpp"

#include <cstddef>
#include <string>

namespace noodstop::platform::tls {

enum class Secrecy {
    open,    // anybody may read it
    secret,  // nobody may but its owner and group
};

// The content of a plain file that root or this process's user owns and that nobody else may write. It is checked as it
// was opened, so that it can't be exchanged in between. The error names the file and the cure.
Result<std::string> read_checked_file(const std::string& path, Secrecy secrecy, std::size_t size_max);

}  // namespace noodstop::platform::tls
