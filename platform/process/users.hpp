// Users and groups of /etc/passwd and /etc/group. Only these files: a static binary can't ask directory services, and
// a stop must not wait for one. Who is known elsewhere is given by number.
#pragma once

#include "platform/result.hpp"

#include <sys/types.h>

#include <optional>
#include <string>

namespace noodstop::platform {

struct User {
    uid_t id = 0;
    std::optional<gid_t> group;  // unknown for a number without an entry
};

Result<User> find_user(const std::string& name_or_number);
Result<gid_t> find_group(const std::string& name_or_number);

}  // namespace noodstop::platform
