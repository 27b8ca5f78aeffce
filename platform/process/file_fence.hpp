// Takes from this process all files but those below a few folders, and those only to read (Landlock).
#pragma once

#include "platform/result.hpp"

#include <string>
#include <vector>

namespace noodstop::platform {

// For good, for this process and what it starts: of files that are opened from now on only those below `readable` can
// be, and only to read. Nothing can be written, made, removed, renamed or executed anywhere; where the kernel can, no
// TCP port can be bound either, and no signal sent to other processes. What is open stays open. Sets no_new_privs.
//
// Of `readable` those that are not there are left out. The error says that the kernel can't do it.
Status fence_files(const std::vector<std::string>& readable);

// The version of Landlock here, 0 where there is none.
int fence_version();

}  // namespace noodstop::platform
