#include "agent/providers/cgroup/kernel_text.hpp"

#include "platform/process/proc_text.hpp"

#include <limits>

namespace noodstop::providers {
namespace {

std::optional<std::string_view> take_line(std::string_view& text) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos)
        return std::nullopt;
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 1);
    return line;
}

std::optional<std::int64_t> parse_signed_range(std::string_view text) {
    const std::optional<std::uint64_t> number = platform::parse_number(text);
    if (!number || *number > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
        return std::nullopt;
    return static_cast<std::int64_t>(*number);
}

// The figure of the line "KEY FIGURE".
std::optional<std::int64_t> find_figure(std::string_view text, std::string_view key) {
    while (const auto line = take_line(text)) {
        if (line->starts_with(key) && line->substr(key.size()).starts_with(' '))
            return parse_signed_range(line->substr(key.size() + 1));
    }
    return std::nullopt;
}

std::optional<bool> find_flag(std::string_view text, std::string_view key) {
    const std::optional<std::int64_t> figure = find_figure(text, key);
    if (!figure || *figure > 1)
        return std::nullopt;
    return *figure == 1;
}

}  // namespace

std::optional<std::int64_t> parse_cpu_usage(std::string_view text) {
    return find_figure(text, "usage_usec");
}

std::optional<GroupEvents> parse_events(std::string_view text) {
    const std::optional<bool> populated = find_flag(text, "populated");
    const std::optional<bool> frozen = find_flag(text, "frozen");
    if (!populated || !frozen)
        return std::nullopt;
    return GroupEvents{*populated, *frozen};
}

std::optional<std::int64_t> parse_amount(std::string_view text) {
    const auto line = take_line(text);
    return line && text.empty() ? parse_signed_range(*line) : std::nullopt;
}

std::optional<std::vector<pid_t>> parse_processes(std::string_view text) {
    std::vector<pid_t> pids;
    while (const auto line = take_line(text)) {
        const std::optional<std::uint64_t> pid = platform::parse_number(*line);
        if (!pid || *pid > static_cast<std::uint64_t>(std::numeric_limits<pid_t>::max()))
            return std::nullopt;
        pids.push_back(static_cast<pid_t>(*pid));
    }
    return text.empty() ? std::optional(std::move(pids)) : std::nullopt;
}

}  // namespace noodstop::providers
