#include "agent/providers/process/selection.hpp"

#include "platform/file/file.hpp"
#include "platform/process/users.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <limits>

namespace noodstop::providers {
namespace {

using platform::Error;
using platform::Result;

constexpr std::size_t pid_file_size_max = 4096;

std::optional<pid_t> parse_pid(std::string_view text) {
    const std::optional<std::uint64_t> number = platform::parse_number(text);
    if (!number || *number == 0 || *number > static_cast<std::uint64_t>(std::numeric_limits<pid_t>::max()))
        return std::nullopt;
    return static_cast<pid_t>(*number);
}

Error not_absolute(const char* what, const std::string& path) {
    return {EINVAL, fmt::format("the {} \"{}\" is not an absolute path", what, path)};
}

}  // namespace

std::string to_text(const ProcessIdentity& identity) {
    return fmt::format("{}-{}", identity.pid, identity.start_ticks);
}

std::optional<ProcessIdentity> parse_identity(const std::string& text) {
    const std::size_t dash = text.find('-');
    if (dash == std::string::npos)
        return std::nullopt;
    const std::optional<pid_t> pid = parse_pid(std::string_view(text).substr(0, dash));
    const std::optional<std::uint64_t> start = platform::parse_number(std::string_view(text).substr(dash + 1));
    if (!pid || !start)
        return std::nullopt;
    const ProcessIdentity identity{*pid, *start};
    return to_text(identity) == text ? std::optional(identity) : std::nullopt;  // one spelling only
}

Result<ProcessSelectors> resolve_selectors(const core::ProcessSettings& settings) {
    ProcessSelectors selectors;
    if (!settings.executable.empty())
        selectors.executable = settings.executable;
    if (!settings.pid_file.empty())
        selectors.pid_file = settings.pid_file;
    if (!settings.user.empty()) {
        const Result<platform::User> user = platform::find_user(settings.user);
        if (!user)
            return user.error();
        selectors.user = user->id;
    }
    if (selectors.executable && !selectors.executable->starts_with('/'))
        return not_absolute("executable", *selectors.executable);
    if (selectors.pid_file && !selectors.pid_file->starts_with('/'))
        return not_absolute("pid file", *selectors.pid_file);
    if (!selectors.executable && !selectors.user && !selectors.pid_file)
        return Error{EINVAL, "no selector is set: it would match every process"};
    return selectors;
}

Result<bool> matches(const ProcessSelectors& selectors, pid_t pid) {
    if (selectors.executable) {
        const Result<std::string> executable = platform::read_executable(pid);
        if (!executable)
            return executable.error();
        if (*executable != *selectors.executable)
            return false;
    }
    if (selectors.user) {
        const Result<uid_t> user = platform::read_real_user(pid);
        if (!user)
            return user.error();
        if (*user != *selectors.user)
            return false;
    }
    return true;
}

std::optional<pid_t> parse_pid_file(std::string_view text) {
    constexpr const char* blanks = " \t\r\n";
    const std::size_t begin = text.find_first_not_of(blanks);
    const std::size_t end = text.find_last_not_of(blanks);
    return begin == std::string_view::npos ? std::nullopt : parse_pid(text.substr(begin, end - begin + 1));
}

Result<std::optional<pid_t>> read_pid_file(const std::string& path) {
    const Result<std::string> text = platform::read_file(path, pid_file_size_max);
    if (!text && text.error().number == ENOENT)
        return std::optional<pid_t>();
    if (!text)
        return text.error();
    const std::optional<pid_t> pid = parse_pid_file(*text);
    if (!pid)
        return Error{0, fmt::format("cannot read {}: it does not contain the number of one process", path)};
    return pid;
}

}  // namespace noodstop::providers
