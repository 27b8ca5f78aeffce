// The state folder: made durably, and the names of the files that were set aside in it.
//
// A database is set aside by renaming its log (-wal) first and itself last. So a log set aside without its database
// is the trace of an interrupted setting-aside, which the next start completes; the two are never separated for good,
// and no log ever lies beside a database it does not belong to.
#pragma once

#include "platform/result.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace noodstop::journal {

// Beyond it the smallest of those set aside, which holds the least, makes room for the next.
inline constexpr std::size_t set_aside_max = 64;

platform::Status make_folder_durably(const std::string& path);
// As platform::replace_file_durably; where it fails the temporary file goes too, so that the next attempt syncs a file
// in which no sync has failed.
platform::Status replace_small_file(const std::string& path, const std::string& content);
platform::Status sync_file(const std::string& path);
platform::Status remove_durably(const std::string& path);
bool exists(const std::string& path);
std::string database_path(const std::string& folder);
std::string new_database_path(const std::string& folder);

enum class Why { corrupt, failed };

// Renames the folder's database with its log to "noodstop.db.corrupt-20261121T180000Z" (or "failed-"); appends "-2",
// "-3", ... rather than overwrite. Returns the new path.
platform::Result<std::string> set_aside(const std::string& folder, Why why);

struct SetAside {
    std::string path;
    std::string stamp;  // UTC, sorts by time
};
std::vector<SetAside> list_set_aside(const std::string& folder);  // the latest first

// Completes what a crash interrupted: a setting-aside, a new database that waits for its name or was never finished.
// Returns sentences on what it did.
std::vector<std::string> finish_interrupted_changes(const std::string& folder);

}  // namespace noodstop::journal
