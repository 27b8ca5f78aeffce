// One control group as an open folder. Everything is reached from an open folder and never by a path from the top, so
// that what was checked and what is acted on is the same group, even while folders come and go.
#pragma once

#include "agent/providers/cgroup/kernel_text.hpp"
#include "platform/file/file.hpp"

#include <string>
#include <vector>

namespace noodstop::providers {

struct GroupListing {
    std::vector<std::string> names;  // of direct children, sorted
    bool complete = true;            // false: there are more than were asked for
};

class Group {
public:
    // Errors: not a folder of cgroup v2; a symbolic link anywhere in the path; ENOENT where it is missing.
    static platform::Result<Group> open_root(const std::string& path);

    // A group below this one, by its path from here; never through a link, a mount or "..".
    platform::Result<Group> open_below(const std::string& path) const;

    const std::string& name() const { return name_; }  // for messages: the whole path
    int folder() const { return folder_.number(); }

    platform::Result<GroupListing> children(std::size_t names_max) const;
    platform::Result<std::string> read(const char* file) const;
    platform::Status write(const char* file, const std::string& text) const;
    platform::Status can_write(const char* file) const;  // without effect

    platform::Result<GroupEvents> events() const;
    platform::Result<std::vector<pid_t>> processes() const;  // directly in this group
    platform::Result<bool> has_processes() const;            // directly; cheap however many there are
    bool is_same_as(const Group& other) const;               // by inode: a group made anew is another one

private:
    Group(platform::FileDescriptor folder, std::string name) : folder_(std::move(folder)), name_(std::move(name)) {}

    platform::FileDescriptor folder_;
    std::string name_;
};

// The error says that the group, or the file's group, was removed.
bool group_is_gone(const platform::Error& error);

// True where the folder `root` is missing although its hierarchy is still mounted. The kernel removes only groups
// without processes, so that everything below it is proven to be gone. An unmounted hierarchy proves nothing.
bool root_is_proven_gone(const std::string& root);

}  // namespace noodstop::providers
