#include "agent/journal/aside_name.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <chrono>
#include <limits>

namespace noodstop::journal {
namespace {

constexpr std::int64_t unknown_time = std::numeric_limits<std::int64_t>::max();

std::string_view word_for(Why why) {
    switch (why) {
        case Why::corrupt:
            return "corrupt";
        case Why::failed:
            return "failed";
    }
    return "failed";
}

std::string stamp(std::int64_t wall_seconds) {
    const std::chrono::sys_seconds time{std::chrono::seconds(wall_seconds)};
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss clock(time - day);
    return fmt::format("{:04}{:02}{:02}T{:02}{:02}{:02}Z", static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), clock.hours().count(),
                       clock.minutes().count(), clock.seconds().count());
}

// Takes exactly `digits` digits from the front; nullopt if they are not there.
std::optional<unsigned> take_number(std::string_view& text, std::size_t digits) {
    unsigned number = 0;
    const char* end = text.data() + std::min(digits, text.size());
    const auto [read_to, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc() || read_to != text.data() + digits)
        return std::nullopt;
    text.remove_prefix(digits);
    return number;
}

bool take_letter(std::string_view& text, char letter) {
    const bool there = text.starts_with(letter);
    text.remove_prefix(there ? 1 : 0);
    return there;
}

std::optional<std::array<unsigned, 6>> read_stamp(std::string_view text) {
    std::array<unsigned, 6> parts{};
    constexpr std::array<std::size_t, 6> digits = {4, 2, 2, 2, 2, 2};
    for (std::size_t part = 0; part < parts.size(); ++part) {
        if (part == 3 && !take_letter(text, 'T'))
            return std::nullopt;
        const std::optional<unsigned> number = take_number(text, digits[part]);
        if (!number)
            return std::nullopt;
        parts[part] = *number;
    }
    return text == "Z" ? std::optional(parts) : std::nullopt;
}

std::int64_t seconds_of(std::string_view text) {
    using namespace std::chrono;
    const std::optional<std::array<unsigned, 6>> parts = read_stamp(text);
    if (!parts)
        return unknown_time;
    const auto& [year_number, month_number, day_number, hour, minute, second] = *parts;
    const year_month_day date{year(static_cast<int>(year_number)), month(month_number), day(day_number)};
    if (!date.ok())
        return unknown_time;
    return (sys_days(date) + hours(hour) + minutes(minute) + seconds(second)).time_since_epoch() / seconds(1);
}

}  // namespace

std::string to_file_name(std::string_view database, const AsideName& name) {
    return fmt::format("{}.{}-{:06}-{}", database, word_for(name.why), name.ordinal, stamp(name.wall_seconds));
}

std::optional<AsideName> parse_aside_name(std::string_view database, std::string_view file_name) {
    for (const Why why : {Why::corrupt, Why::failed}) {
        const std::string beginning = fmt::format("{}.{}-", database, word_for(why));
        if (!file_name.starts_with(beginning))
            continue;
        const std::string_view rest = file_name.substr(beginning.size());
        const std::size_t dash = rest.find('-');
        std::uint64_t ordinal = 0;
        const auto [end, error] = std::from_chars(rest.data(), rest.data() + std::min(dash, rest.size()), ordinal);
        if (dash == rest.npos || error != std::errc() || end != rest.data() + dash)
            return std::nullopt;
        return AsideName{why, ordinal, seconds_of(rest.substr(dash + 1))};
    }
    return std::nullopt;
}

}  // namespace noodstop::journal
