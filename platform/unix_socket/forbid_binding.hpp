// Takes from this process the ability to make socket files.
#pragma once

#include "platform/result.hpp"

namespace noodstop::platform {

// For good, for this process and what it starts, by Landlock: no file that a socket is bound to can be made, anywhere,
// and no file system mounted. Without it a process that was taken over could pass off any connection as one accepted
// from a socket file of the agent (accepted_client). Needs no_new_privs; the error says that the kernel can't do it.
Status forbid_binding();

}  // namespace noodstop::platform
