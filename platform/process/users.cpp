#include "platform/process/users.hpp"

#include "platform/process/proc_text.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <grp.h>
#include <memory>
#include <pwd.h>

namespace noodstop::platform {
namespace {

using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

// The highest number means "no change" to the kernel's calls and is nobody's.
std::optional<id_t> number_of(const std::string& text) {
    const std::optional<std::uint64_t> number = parse_number(text);
    if (!number || *number >= static_cast<id_t>(-1))
        return std::nullopt;
    return static_cast<id_t>(*number);
}

}  // namespace

Result<User> find_user(const std::string& name_or_number) {
    const std::optional<uid_t> number = number_of(name_or_number);
    const File file(std::fopen("/etc/passwd", "re"), std::fclose);
    if (!file && !number)
        return system_error(errno, "open /etc/passwd");
    char buffer[4096];
    passwd entry{};
    for (passwd* found = nullptr; file && ::fgetpwent_r(file.get(), &entry, buffer, sizeof buffer, &found) == 0;) {
        if (number ? found->pw_uid == *number : name_or_number == found->pw_name)
            return User{found->pw_uid, found->pw_gid};
    }
    if (number)
        return User{*number, std::nullopt};
    return Error{ENOENT, fmt::format("there is no user \"{}\" in /etc/passwd", name_or_number)};
}

Result<gid_t> find_group(const std::string& name_or_number) {
    if (const std::optional<gid_t> number = number_of(name_or_number))
        return *number;
    const File file(std::fopen("/etc/group", "re"), std::fclose);
    if (!file)
        return system_error(errno, "open /etc/group");
    char buffer[16384];
    group entry{};
    for (group* found = nullptr; ::fgetgrent_r(file.get(), &entry, buffer, sizeof buffer, &found) == 0;) {
        if (name_or_number == found->gr_name)
            return found->gr_gid;
    }
    return Error{ENOENT, fmt::format("there is no group \"{}\" in /etc/group", name_or_number)};
}

}  // namespace noodstop::platform
