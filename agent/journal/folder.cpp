#include "agent/journal/folder.hpp"

#include "platform/file/file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string_view>

namespace noodstop::journal {
namespace {

using platform::Done;
using platform::exists;
using platform::Result;
using platform::Status;

constexpr const char* database_name = "noodstop.db";
constexpr const char* log_suffix = "-wal";
// SQLite's companions of a database. This store makes no -shm; another program may have.
constexpr const char* companions[] = {"-wal", "-shm", "-journal"};

bool is_companion(std::string_view name) {
    return std::any_of(std::begin(companions), std::end(companions),
                       [&](const char* companion) { return name.ends_with(companion); });
}

std::vector<std::string> names_in(const std::string& folder) {
    const Result<std::vector<std::string>> names = platform::list_folder(folder);
    return names ? names.value() : std::vector<std::string>();
}

// Of a companion the name of its database.
std::string without_companion(const std::string& name) {
    return is_companion(name) ? name.substr(0, name.rfind('-')) : name;
}

// Above all that are there, also above those of which only the log is.
std::uint64_t next_ordinal(const std::string& folder) {
    std::uint64_t highest = 0;
    for (const std::string& name : names_in(folder)) {
        if (const std::optional<AsideName> aside = parse_aside_name(database_name, without_companion(name)))
            highest = std::max(highest, aside->ordinal);
    }
    return highest + 1;
}

std::string set_aside_path(const std::string& folder, Why why) {
    return folder + "/" + to_file_name(database_name, {why, next_ordinal(folder), platform::wall_seconds()});
}

// The log first, the database last. As long as the database stays, its log goes back to it, also one that was moved and
// only the folder's sync failed: a log without its database would be taken for a setting-aside that was interrupted.
Status rename_with_companions(const std::string& from, const std::string& to) {
    Status renamed = Done{};
    for (const char* companion : companions)
        if (renamed && exists(from + companion))
            renamed = platform::rename_durably(from + companion, to + companion);
    if (renamed && exists(from))
        renamed = platform::rename_durably(from, to);
    if (renamed || !exists(from))
        return renamed;
    for (const char* companion : companions)
        (void)platform::rename_file(to + companion, from + companion);  // where that fails the next start finds it
    return renamed;
}

Status remove_with_companions(const std::string& path) {
    Status removed = platform::remove_file(path);
    for (const char* companion : companions) {
        if (Status gone = platform::remove_file(path + companion); !gone && removed)
            removed = gone;
    }
    return removed;
}

void finish_setting_aside(const std::string& folder, std::vector<std::string>& done) {
    for (const std::string& name : names_in(folder)) {
        const std::string database = folder + "/" + without_companion(name);
        const bool is_log_of_aside =
            name.ends_with(log_suffix) && parse_aside_name(database_name, without_companion(name));
        if (!is_log_of_aside || exists(database))
            continue;
        if (!exists(database_path(folder)) || exists(database_path(folder) + log_suffix))
            continue;
        if (platform::rename_durably(database_path(folder), database))
            done.push_back(fmt::format("the setting aside of {} was interrupted and is complete now", database));
    }
}

void finish_new_database(const std::string& folder, std::vector<std::string>& done) {
    (void)remove_with_companions(unfinished_database_path(folder));
    const std::string fresh = new_database_path(folder);
    if (!exists(fresh))
        return;
    if (exists(database_path(folder)))
        (void)remove_with_companions(fresh);
    else if (platform::rename_durably(fresh, database_path(folder)))
        done.push_back(fmt::format("a start of a new {} was interrupted and is complete now", database_path(folder)));
}

// Without its database a log is unreadable; beside a new one SQLite would delete it.
void keep_log_without_database(const std::string& folder, std::vector<std::string>& done) {
    const std::string log = database_path(folder) + log_suffix;
    if (exists(database_path(folder)) || !exists(log))
        return;
    std::string kept = folder + "/log-without-database";
    for (int number = 2; exists(kept); ++number)
        kept = fmt::format("{}/log-without-database-{}", folder, number);
    if (platform::rename_durably(log, kept))
        done.push_back(fmt::format("{} had no database; it is kept as {}", log, kept));
}

}  // namespace

std::string database_path(const std::string& folder) {
    return folder + "/" + database_name;
}

std::string unfinished_database_path(const std::string& folder) {
    return database_path(folder) + ".unfinished";
}

std::string new_database_path(const std::string& folder) {
    return database_path(folder) + ".new";
}

Status make_folder_durably(const std::string& path) {
    if (exists(path))
        return Done{};
    if (const std::size_t slash = path.rfind('/'); slash != path.npos && slash > 0) {
        if (Status made = make_folder_durably(path.substr(0, slash)); !made)
            return made;
    }
    if (Status made = platform::make_folders(path, 0700); !made)
        return made;
    Status synced = platform::sync_folder_of(path);
    if (!synced)
        (void)platform::remove_folder(path);
    return synced;
}

Status sync_folder_and_its_name(const std::string& path) {
    if (Status synced = platform::sync_file(path); !synced)
        return synced;
    return platform::sync_folder_of(path);
}

Status replace_small_file(const std::string& path, const std::string& content) {
    Status replaced = platform::replace_file_durably(path, content, 0600);
    if (!replaced)
        (void)platform::remove_file(path + ".new");
    return replaced;
}

Status remove_durably(const std::string& path) {
    if (Status removed = remove_with_companions(path); !removed)
        return removed;
    return platform::sync_folder_of(path);
}

Result<MovedAside> set_aside(const std::string& folder, Why why) {
    MovedAside moved;
    const std::vector<SetAside> files = list_set_aside(folder);
    if (files.size() >= set_aside_max && remove_with_companions(files.back().path))
        moved.given_up = files.back().path;
    moved.path = set_aside_path(folder, why);
    if (Status renamed = rename_with_companions(database_path(folder), moved.path); !renamed)
        return renamed.error();
    return moved;
}

std::vector<SetAside> list_set_aside(const std::string& folder) {
    std::vector<SetAside> files;
    for (const std::string& name : names_in(folder)) {
        if (const std::optional<AsideName> aside = parse_aside_name(database_name, name); aside && !is_companion(name))
            files.push_back({folder + "/" + name, aside->ordinal, aside->wall_seconds});
    }
    std::sort(files.begin(), files.end(),
              [](const SetAside& left, const SetAside& right) { return left.ordinal > right.ordinal; });
    return files;
}

std::vector<std::string> finish_interrupted_changes(const std::string& folder) {
    std::vector<std::string> done;
    finish_setting_aside(folder, done);
    finish_new_database(folder, done);
    keep_log_without_database(folder, done);
    return done;
}

}  // namespace noodstop::journal
