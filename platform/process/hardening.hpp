// What a process does to itself so that it still works on a machine that is exhausted, or so that it can do little
// harm. Each call says what was refused; nothing here ends the process.
#pragma once

#include "platform/result.hpp"

#include <sys/types.h>

#include <string>
#include <vector>

namespace noodstop::platform {

// Pages stay in memory from their first use on. Not before: stacks and arenas that are never used would count as well.
Status lock_memory();

// Real-time scheduling for the calling thread, not for threads and processes that it starts. Where that is refused
// the highest ordinary priority is tried; the error then says which of the two is in force.
Status raise_priority();

// The out-of-memory killer passes this process by.
Status lower_oom_score();

struct Privileges {
    std::string user;                 // name or number of an entry of /etc/passwd; not root
    std::vector<std::string> groups;  // beside the user's own, names or numbers
};

// For good, for all threads: user, groups, capabilities, and nothing regains any by executing a program. Keeps the
// parent death signal, which the kernel clears when the user changes. On an error the process may hold a part of its
// privileges and must not go on.
Status drop_privileges(const Privileges& wanted);

// `signal` is sent to this process when the thread that started it ends. Error: `parent` has ended already.
Status set_parent_death_signal(int signal, pid_t parent);

// Orphaned descendants become children of this process, so that it can wait for them.
Status become_subreaper();

}  // namespace noodstop::platform
