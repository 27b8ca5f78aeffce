// The state folder: made durably, and the names of the files that were set aside in it.
//
// A database is set aside by renaming its log (-wal) first and itself last. So a log set aside without its database
// is the trace of an interrupted setting-aside, which the next start completes; the two are never separated for good,
// and no log ever lies beside a database it does not belong to.
#pragma once

#include "agent/journal/aside_name.hpp"
#include "platform/result.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace noodstop::journal {

// Beyond it the oldest of those set aside is given up for the next one. So what is lost is lost at the beginning of
// the journal, as by retention, and never in its middle. Files without facts are not kept at all (store.cpp), so that
// starts and disks that fail again and again don't push out those that hold some.
inline constexpr std::size_t set_aside_max = 64;

// With all above it. One that could not be made durable is gone again, so that the next attempt tries it anew.
platform::Status make_folder_durably(const std::string& path);
// For a folder that is there already: whoever made it, or a name in it, may have died before the sync.
platform::Status sync_folder_and_its_name(const std::string& path);
// As platform::replace_file_durably; where it fails the temporary file goes too, so that the next attempt syncs a file
// in which no sync has failed.
platform::Status replace_small_file(const std::string& path, const std::string& content);
platform::Status remove_durably(const std::string& path);
std::string database_path(const std::string& folder);
std::string unfinished_database_path(const std::string& folder);  // while it is made
std::string new_database_path(const std::string& folder);         // once it is whole and durable

struct MovedAside {
    std::string path;
    std::string given_up;  // the file that was removed for it; empty: none
};
// Renames the folder's database with its log to a name of aside_name.hpp with the next number.
platform::Result<MovedAside> set_aside(const std::string& folder, Why why);

struct SetAside {
    std::string path;
    std::uint64_t ordinal = 0;
    std::int64_t wall_seconds = 0;  // when, as far as the wall clock can be trusted
};
std::vector<SetAside> list_set_aside(const std::string& folder);  // the latest first

// Completes what a crash interrupted: a setting-aside, a new database that waits for its name or was never finished.
// Returns sentences on what it did.
std::vector<std::string> finish_interrupted_changes(const std::string& folder);

}  // namespace noodstop::journal
