#include "platform/process/process.hpp"

#include "platform/file/file.hpp"

#include <climits>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <dirent.h>
#include <memory>
#include <unistd.h>

namespace noodstop::platform {
namespace {

constexpr std::size_t stat_size_max = 4096;
constexpr std::size_t status_size_max = 64 * 1024;
constexpr std::size_t cgroup_size_max = 64 * 1024;
constexpr std::size_t mounts_size_max = 16 * 1024 * 1024;
constexpr std::size_t children_size_max = 4 * 1024 * 1024;

std::string path_of(pid_t pid, const char* file) {
    return fmt::format("/proc/{}/{}", pid, file);
}

Error not_understood(const std::string& path) {
    return {0, fmt::format("cannot read {}: it is not in the form of this kernel interface", path)};
}

template <class Parsed, class Parse>
Result<Parsed> read_parsed(const std::string& path, std::size_t size_max, Parse parse) {
    const Result<std::string> text = read_file(path, size_max);
    if (!text)
        return text.error();
    std::optional<Parsed> parsed = parse(*text);
    if (!parsed)
        return not_understood(path);
    return std::move(*parsed);
}

Result<std::string> read_link(const std::string& path) {
    char target[PATH_MAX];
    const ssize_t size = ::readlink(path.c_str(), target, sizeof target);
    if (size < 0)
        return system_error(errno, "read " + path);
    return std::string(target, static_cast<std::size_t>(size));
}

Result<std::vector<pid_t>> list_numbers(const std::string& folder) {
    const std::unique_ptr<DIR, int (*)(DIR*)> stream(::opendir(folder.c_str()), ::closedir);
    if (!stream)
        return system_error(errno, "list " + folder);
    std::vector<pid_t> numbers;
    errno = 0;
    while (const dirent* entry = ::readdir(stream.get())) {
        if (const auto number = parse_number(entry->d_name); number && *number <= INT_MAX)
            numbers.push_back(static_cast<pid_t>(*number));
        errno = 0;
    }
    if (errno != 0)
        return system_error(errno, "list " + folder);
    std::sort(numbers.begin(), numbers.end());
    return numbers;
}

// The first thread of a process may have ended and then shows no executable, though its other threads do.
Result<std::string> read_executable_of_any_thread(pid_t pid) {
    const Result<std::vector<pid_t>> threads = list_numbers(path_of(pid, "task"));
    if (!threads)
        return threads.error();
    for (const pid_t thread : *threads) {
        if (Result<std::string> link = read_link(fmt::format("/proc/{}/task/{}/exe", pid, thread)))
            return link;
    }
    return Error{ENOENT, fmt::format("process {} has no executable", pid)};
}

void remove_mark_of_replaced_file(std::string& path) {
    const std::string_view mark = " (deleted)";
    if (path.ends_with(mark))
        path.resize(path.size() - mark.size());
}

}  // namespace

Result<ProcessStat> read_process_stat(pid_t pid) {
    return read_parsed<ProcessStat>(path_of(pid, "stat"), stat_size_max, parse_process_stat);
}

Result<std::string> read_executable(pid_t pid) {
    Result<std::string> link = read_link(path_of(pid, "exe"));
    if (!link && link.error().number == ENOENT)
        link = read_executable_of_any_thread(pid);
    if (link)
        remove_mark_of_replaced_file(*link);
    return link;
}

Result<uid_t> read_real_user(pid_t pid) {
    return read_parsed<uid_t>(path_of(pid, "status"), status_size_max, parse_real_user);
}

Result<std::string> read_cgroup(pid_t pid) {
    return read_parsed<std::string>(path_of(pid, "cgroup"), cgroup_size_max, parse_unified_cgroup);
}

Result<std::vector<Mount>> read_mounts() {
    return read_parsed<std::vector<Mount>>("/proc/self/mountinfo", mounts_size_max,
                                           [](std::string_view text) { return std::optional(parse_mounts(text)); });
}

Result<std::vector<pid_t>> list_processes() {
    return list_numbers("/proc");
}

Result<std::vector<pid_t>> children_of(pid_t pid) {
    return read_parsed<std::vector<pid_t>>(path_of(pid, fmt::format("task/{}/children", pid).c_str()),
                                           children_size_max, parse_pid_list);
}

bool has_vanished(const Error& error) {
    return error.number == ENOENT || error.number == ESRCH;
}

std::chrono::microseconds ticks_to_time(std::uint64_t ticks) {
    static const auto ticks_per_second = static_cast<std::uint64_t>(std::max(1L, ::sysconf(_SC_CLK_TCK)));
    const std::uint64_t seconds = ticks / ticks_per_second;
    const std::uint64_t rest = ticks % ticks_per_second;
    return std::chrono::microseconds(seconds * 1'000'000 + rest * 1'000'000 / ticks_per_second);
}

}  // namespace noodstop::platform
