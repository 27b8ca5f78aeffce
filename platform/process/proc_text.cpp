#include "platform/process/proc_text.hpp"

#include <array>
#include <charconv>
#include <limits>

namespace noodstop::platform {
namespace {

// Takes the part before the next `separator` off `text`; nothing where there is no separator any more.
std::optional<std::string_view> take_until(std::string_view& text, char separator) {
    const std::size_t end = text.find(separator);
    if (end == std::string_view::npos)
        return std::nullopt;
    const std::string_view part = text.substr(0, end);
    text.remove_prefix(end + 1);
    return part;
}

std::vector<std::string_view> split(std::string_view text, std::string_view separators) {
    std::vector<std::string_view> parts;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find_first_of(separators), text.size());
        if (end > 0)
            parts.push_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return parts;
}

template <class Number>
bool assign(Number& target, std::string_view text) {
    const std::optional<std::uint64_t> number = parse_number(text);
    if (!number || *number > static_cast<std::uint64_t>(std::numeric_limits<Number>::max()))
        return false;
    target = static_cast<Number>(*number);
    return true;
}

// Spaces, tabs, line feeds and backslashes of paths are written as three octal digits.
std::string unescape(std::string_view text) {
    std::string plain;
    for (std::size_t at = 0; at < text.size(); ++at) {
        int code = 0;
        const std::string_view digits = text.substr(at).substr(1, 3);
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), code, 8);
        if (text[at] == '\\' && digits.size() == 3 && error == std::errc() && end == digits.data() + 3) {
            plain.push_back(static_cast<char>(code));
            at += 3;
        } else {
            plain.push_back(text[at]);
        }
    }
    return plain;
}

// "36 35 98:0 /root /point rw,noatime master:1 - type source options"
std::optional<Mount> parse_mount(std::string_view line) {
    const std::vector<std::string_view> parts = split(line, " ");
    Mount mount;
    if (parts.size() < 8 || !assign(mount.id, parts[0]))
        return std::nullopt;
    mount.root = unescape(parts[3]);
    mount.point = unescape(parts[4]);
    for (std::size_t at = 6; at + 1 < parts.size(); ++at) {
        if (parts[at] != "-")
            continue;
        mount.type = std::string(parts[at + 1]);
        return mount;
    }
    return std::nullopt;
}

}  // namespace

std::optional<std::uint64_t> parse_number(std::string_view text) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.empty() || error != std::errc() || end != text.data() + text.size())
        return std::nullopt;
    return number;
}

bool ProcessStat::is_kernel_thread() const {
    constexpr std::uint64_t kernel_thread_flag = 0x00200000;  // PF_KTHREAD of the kernel's sched.h
    return (flags & kernel_thread_flag) != 0;
}

std::optional<ProcessStat> parse_process_stat(std::string_view text) {
    const std::size_t command_begin = text.find(" (");
    const std::size_t command_end = text.rfind(") ");
    if (command_begin == std::string_view::npos || command_end == std::string_view::npos ||
        command_end <= command_begin || text.back() != '\n')
        return std::nullopt;
    const std::vector<std::string_view> fields = split(text.substr(command_end + 2), " \n");
    constexpr std::size_t first_field = 3;  // of `fields`, as proc(5) counts
    const auto field = [&](std::size_t number) { return fields[number - first_field]; };
    ProcessStat stat;
    if (fields.size() < 22 - first_field + 1 || field(3).size() != 1)
        return std::nullopt;
    stat.state = field(3)[0];
    const bool whole = assign(stat.pid, text.substr(0, command_begin)) && assign(stat.parent, field(4)) &&
                       assign(stat.flags, field(9)) && assign(stat.user_ticks, field(14)) &&
                       assign(stat.system_ticks, field(15)) && assign(stat.threads, field(20)) &&
                       assign(stat.start_ticks, field(22));
    return whole ? std::optional(stat) : std::nullopt;
}

std::optional<uid_t> parse_real_user(std::string_view text) {
    while (const auto line = take_until(text, '\n')) {
        if (!line->starts_with("Uid:"))
            continue;
        const std::vector<std::string_view> users = split(line->substr(4), "\t ");
        uid_t real = 0;
        return users.size() == 4 && assign(real, users[0]) ? std::optional(real) : std::nullopt;
    }
    return std::nullopt;
}

std::optional<std::string> parse_unified_cgroup(std::string_view text) {
    while (const auto line = take_until(text, '\n')) {
        if (line->starts_with("0::/"))
            return std::string(line->substr(3));
    }
    return std::nullopt;
}

std::optional<std::vector<pid_t>> parse_pid_list(std::string_view text) {
    std::vector<pid_t> pids;
    if (!text.empty() && text.back() != ' ' && text.back() != '\n')
        return std::nullopt;  // the last number may be cut off
    for (const std::string_view part : split(text, " \n")) {
        if (!assign(pids.emplace_back(), part))
            return std::nullopt;
    }
    return pids;
}

std::optional<std::uint64_t> parse_mount_id(std::string_view text) {
    constexpr std::string_view key = "mnt_id:\t";
    while (const auto line = take_until(text, '\n')) {
        if (line->starts_with(key))
            return parse_number(line->substr(key.size()));
    }
    return std::nullopt;
}

std::vector<Mount> parse_mounts(std::string_view text) {
    std::vector<Mount> mounts;
    while (const auto line = take_until(text, '\n')) {
        if (std::optional<Mount> mount = parse_mount(*line))
            mounts.push_back(std::move(*mount));
    }
    return mounts;
}

}  // namespace noodstop::platform
