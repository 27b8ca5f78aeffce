#include "agent/journal/folder.hpp"

#include "platform/file/file.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <fcntl.h>
#include <filesystem>
#include <unistd.h>

namespace noodstop::journal {
namespace {

using platform::Done;
using platform::Result;
using platform::Status;

constexpr const char* database_name = "noodstop.db";
constexpr const char* log_suffix = "-wal";
// SQLite's companions of a database. This store makes no -shm; another program may have.
constexpr const char* companions[] = {"-wal", "-shm", "-journal"};

Status sync_parent(const std::string& path) {
    const std::string parent = std::filesystem::path(path).parent_path().string();
    return sync_file(parent.empty() ? "." : parent);
}

std::string unused_path(const std::string& wanted) {
    std::string path = wanted;
    for (int number = 2; exists(path) || exists(path + log_suffix); ++number)
        path = fmt::format("{}-{}", wanted, number);
    return path;
}

std::string set_aside_path(const std::string& folder, Why why) {
    const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    return unused_path(fmt::format("{}.{}-{:%Y%m%dT%H%M%SZ}", database_path(folder),
                                   why == Why::corrupt ? "corrupt" : "failed",
                                   fmt::gmtime(std::chrono::system_clock::to_time_t(now))));
}

Status rename_with_companions(const std::string& from, const std::string& to) {
    for (const char* companion : companions) {
        if (!exists(from + companion))
            continue;
        if (Status renamed = platform::rename_durably(from + companion, to + companion); !renamed)
            return renamed;
    }
    if (!exists(from))
        return Done{};
    Status renamed = platform::rename_durably(from, to);
    for (const char* companion : companions) {
        if (!renamed)  // back where they belong; if that fails too, the next start finds them
            ::rename((to + companion).c_str(), (from + companion).c_str());
    }
    return renamed;
}

void remove_with_companions(const std::string& path) {
    ::unlink(path.c_str());
    for (const char* companion : companions)
        ::unlink((path + companion).c_str());
}

std::uintmax_t size_of(const SetAside& file) {
    std::error_code error;
    const std::uintmax_t size = std::filesystem::file_size(file.path, error);
    return error ? 0 : size;
}

void make_room(const std::string& folder) {
    const std::vector<SetAside> files = list_set_aside(folder);
    if (files.size() < set_aside_max)
        return;
    const auto smallest = std::min_element(files.begin(), files.end(), [](const SetAside& left, const SetAside& right) {
        return size_of(left) < size_of(right);
    });
    remove_with_companions(smallest->path);
}

// "…corrupt-20261121T180000Z-2" -> "20261121T180000Z-2"; empty for other files.
std::string stamp_of(const std::string& name) {
    for (const std::string kind : {".corrupt-", ".failed-"}) {
        const std::string prefix = database_name + kind;
        if (name.starts_with(prefix))
            return name.substr(prefix.size());
    }
    return {};
}

bool is_companion(const std::string& name) {
    return std::any_of(std::begin(companions), std::end(companions),
                       [&](const char* companion) { return name.ends_with(companion); });
}

std::vector<std::string> names_in(const std::string& folder) {
    const Result<std::vector<std::string>> names = platform::list_folder(folder);
    return names ? names.value() : std::vector<std::string>();
}

void finish_setting_aside(const std::string& folder, std::vector<std::string>& done) {
    for (const std::string& name : names_in(folder)) {
        const std::string database = folder + "/" + name.substr(0, name.rfind('-'));
        const bool interrupted = name.ends_with(log_suffix) && !stamp_of(name).empty() && !exists(database);
        if (!interrupted || !exists(database_path(folder)) || exists(database_path(folder) + log_suffix))
            continue;
        if (platform::rename_durably(database_path(folder), database))
            done.push_back(fmt::format("the setting aside of {} was interrupted and is complete now", database));
    }
}

// A finished one has no companions: it was closed in order before it was to be renamed.
bool is_finished(const std::string& path) {
    std::error_code error;
    const bool has_companion = std::any_of(std::begin(companions), std::end(companions),
                                           [&](const char* companion) { return exists(path + companion); });
    return !has_companion && std::filesystem::file_size(path, error) > 0 && !error;
}

void finish_new_database(const std::string& folder, std::vector<std::string>& done) {
    const std::string fresh = new_database_path(folder);
    if (exists(database_path(folder)) || !exists(fresh) || !is_finished(fresh)) {
        remove_with_companions(fresh);
        return;
    }
    if (platform::rename_durably(fresh, database_path(folder)))
        done.push_back(fmt::format("a start of a new {} was interrupted and is complete now", database_path(folder)));
}

// Without its database a log is unreadable; beside a new one SQLite would delete it.
void keep_log_without_database(const std::string& folder, std::vector<std::string>& done) {
    const std::string log = database_path(folder) + log_suffix;
    if (exists(database_path(folder)) || !exists(log))
        return;
    const std::string kept = unused_path(folder + "/log-without-database");
    if (platform::rename_durably(log, kept))
        done.push_back(fmt::format("{} had no database; it is kept as {}", log, kept));
}

}  // namespace

bool exists(const std::string& path) {
    struct stat status {};
    return ::lstat(path.c_str(), &status) == 0;
}

std::string database_path(const std::string& folder) {
    return folder + "/" + database_name;
}

std::string new_database_path(const std::string& folder) {
    return database_path(folder) + ".new";
}

Status make_folder_durably(const std::string& path) {
    if (exists(path))
        return Done{};
    if (Status made = platform::make_folders(path, 0700); !made)
        return made;
    return sync_parent(path);
}

Status sync_file(const std::string& path) {
    platform::FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file.valid() || ::fsync(file.number()) != 0)
        return platform::system_error(errno, "sync " + path);
    return Done{};
}

Status replace_small_file(const std::string& path, const std::string& content) {
    Status replaced = platform::replace_file_durably(path, content, 0600);
    if (!replaced)
        ::unlink((path + ".new").c_str());
    return replaced;
}

Status remove_durably(const std::string& path) {
    remove_with_companions(path);
    return exists(path) ? platform::system_error(errno, "remove " + path) : sync_parent(path);
}

Result<std::string> set_aside(const std::string& folder, Why why) {
    make_room(folder);
    const std::string path = set_aside_path(folder, why);
    if (Status renamed = rename_with_companions(database_path(folder), path); !renamed)
        return renamed.error();
    return path;
}

std::vector<SetAside> list_set_aside(const std::string& folder) {
    std::vector<SetAside> files;
    for (const std::string& name : names_in(folder)) {
        const std::string stamp = stamp_of(name);
        if (!stamp.empty() && !is_companion(name))
            files.push_back({folder + "/" + name, stamp});
    }
    std::sort(files.begin(), files.end(),
              [](const SetAside& left, const SetAside& right) { return left.stamp > right.stamp; });
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
