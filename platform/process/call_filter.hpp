// Takes from this process the system calls that a server on open sockets has no need of (seccomp).
#pragma once

#include "platform/result.hpp"

namespace noodstop::platform {

// For good, for all threads of this process. Three kinds of calls:
//
//   allowed    what it takes to read and write open descriptors, open files (which file_fence and permissions limit),
//              connect out by TCP and UDP and look names up, wait, map memory, start threads, tell the time, end
//   refused    everything else, with EPERM, as if somebody had no right to it: libraries may probe. bind(), listen()
//              on a socket that is not bound, signals to others, namespaces, io_uring and unknown ioctls are among it
//   deadly     what only somebody else would ask for in our name ends the process at once: executing a program, tracing
//              or reading other processes, loading modules, kernels or BPF, mounting, other users and capabilities,
//              keys, setting the clock, swapping, rebooting
//
// Sets no_new_privs. The error says that the kernel can't do it, or that this processor's calls are not known here.
Status filter_calls();

}  // namespace noodstop::platform
