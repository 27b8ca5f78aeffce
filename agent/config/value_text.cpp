#include "agent/config/value_text.hpp"

#include "agent/config/nearest.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <chrono>
#include <limits>
#include <optional>

namespace noodstop::config {
namespace {

constexpr std::int64_t number_max = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t micros_per_unit = 1'000'000;
constexpr std::size_t decimals_max = 6;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// Takes the digits at the front off the text; nothing if there are none or they are too many for the type.
std::optional<std::int64_t> take_number(std::string_view& text) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || text.empty() || !is_digit(text.front()))
        return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return number;
}

struct Unit {
    std::string_view name;
    std::int64_t micros;
};

// Largest first; "ms" and "us" before "m" would not matter, as names are compared whole.
constexpr std::array<Unit, 6> units{
    {{"d", 86'400'000'000}, {"h", 3'600'000'000}, {"m", 60'000'000}, {"s", 1'000'000}, {"ms", 1'000}, {"us", 1}}};

Misread not_a_duration(std::string_view text) {
    return {fmt::format("{} is not a duration.", in_quotes(text)),
            "Write a number and a unit (d, h, m, s, ms) in quotes, e.g. \"90s\", \"15m\" or \"1h30m\"."};
}

// The index of the unit whose name the letters at the front are; takes them off the text.
std::optional<std::size_t> take_unit(std::string_view& text) {
    std::size_t length = 0;
    while (length < text.size() && !is_digit(text[length]))
        ++length;
    for (std::size_t i = 0; i < units.size(); ++i) {
        if (units[i].name == text.substr(0, length)) {
            text.remove_prefix(length);
            return i;
        }
    }
    return std::nullopt;
}

Misread not_money(std::string_view text, const char* why, const char* cure) {
    return {fmt::format("{} {}", in_quotes(text), why), cure};
}

Misread too_large(std::string_view text) {
    return not_money(text, "is more than an amount can be.", "Write a smaller amount.");
}

std::optional<Misread> find_fault_of_money(std::string_view text) {
    if (text.starts_with('-'))
        return not_money(text, "is negative.", "Amounts and prices are 0 or more.");
    if (text.find(',') != std::string_view::npos)
        return not_money(text, "has a comma.",
                         "Write a point before the decimals and no other separator: \"1234.50\".");
    const auto point = text.find('.');
    const auto whole = text.substr(0, point);
    const auto decimals = point == std::string_view::npos ? "0" : text.substr(point + 1);
    const bool digits = whole.find_first_not_of("0123456789") == std::string_view::npos &&
                        decimals.find_first_not_of("0123456789") == std::string_view::npos;
    if (!digits || whole.empty() || decimals.empty())
        return not_money(text, "is not an amount.",
                         "Write digits only, e.g. \"22.50\"; the currency has a key of its own.");
    if (decimals.size() > decimals_max)
        return not_money(text, "has more than six decimals.",
                         "Write at most six decimals: millionths are the smallest unit.");
    return std::nullopt;
}

std::int64_t micros_of_decimals(std::string_view decimals) {
    std::int64_t micros = 0;
    for (std::size_t i = 0; i < decimals_max; ++i)
        micros = micros * 10 + (i < decimals.size() ? decimals[i] - '0' : 0);
    return micros;
}

Misread not_a_moment(std::string_view text) {
    return {fmt::format("{} is not a date.", in_quotes(text)),
            "Write a date such as 2026-12-31, or with a time and its offset 2026-12-31T08:00:00Z."};
}

// Exactly `width` digits at the front.
std::optional<int> take_digits(std::string_view& text, std::size_t width) {
    if (text.size() < width || text.substr(0, width).find_first_not_of("0123456789") != std::string_view::npos)
        return std::nullopt;
    int number = 0;
    std::from_chars(text.data(), text.data() + width, number);
    text.remove_prefix(width);
    return number;
}

bool take_mark(std::string_view& text, std::string_view marks) {
    if (text.empty() || marks.find(text.front()) == std::string_view::npos)
        return false;
    text.remove_prefix(1);
    return true;
}

std::optional<std::int64_t> take_day(std::string_view& text) {
    const auto year = take_digits(text, 4);
    const bool first = take_mark(text, "-");
    const auto month = take_digits(text, 2);
    const bool second = take_mark(text, "-");
    const auto day = take_digits(text, 2);
    if (!year || !month || !day || !first || !second)
        return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year{*year}, std::chrono::month{static_cast<unsigned>(*month)},
                                           std::chrono::day{static_cast<unsigned>(*day)}};
    if (!date.ok())
        return std::nullopt;
    return std::chrono::sys_days{date}.time_since_epoch().count() * units[0].micros;
}

std::optional<std::int64_t> take_fraction(std::string_view& text) {
    if (!take_mark(text, "."))
        return 0;
    std::size_t length = 0;
    while (length < text.size() && is_digit(text[length]))
        ++length;
    const auto micros = micros_of_decimals(text.substr(0, length));
    text.remove_prefix(length);
    return length == 0 ? std::nullopt : std::optional(micros);
}

std::optional<std::int64_t> take_time(std::string_view& text) {
    const auto hour = take_digits(text, 2);
    const bool first = take_mark(text, ":");
    const auto minute = take_digits(text, 2);
    const bool second_mark = take_mark(text, ":");
    const auto second = take_digits(text, 2);
    const auto fraction = take_fraction(text);
    if (!hour || !minute || !second || !fraction || !first || !second_mark)
        return std::nullopt;
    if (*hour > 23 || *minute > 59 || *second > 59)
        return std::nullopt;
    return *hour * units[1].micros + *minute * units[2].micros + *second * units[3].micros + *fraction;
}

std::optional<std::int64_t> take_offset(std::string_view& text) {
    if (take_mark(text, "Zz"))
        return 0;
    const bool west = text.starts_with('-');
    if (!take_mark(text, "+-"))
        return std::nullopt;
    const auto hours = take_digits(text, 2);
    const bool mark = take_mark(text, ":");
    const auto minutes = take_digits(text, 2);
    if (!hours || !minutes || !mark || *hours > 23 || *minutes > 59)
        return std::nullopt;
    const auto offset = *hours * units[1].micros + *minutes * units[2].micros;
    return west ? -offset : offset;
}

}  // namespace

Quantity read_duration(std::string_view text) {
    std::string_view rest = text;
    std::int64_t total = 0;
    std::size_t next_unit = 0;
    while (!rest.empty() || next_unit == 0) {
        const auto count = take_number(rest);
        const auto unit = count ? take_unit(rest) : std::nullopt;
        if (!unit || *unit < next_unit)
            return not_a_duration(text);
        const auto part_max = (number_max - total) / units[*unit].micros;
        if (*count > part_max)
            return not_a_duration(text);
        total += *count * units[*unit].micros;
        next_unit = *unit + 1;
    }
    return total;
}

Quantity money_of_whole(std::int64_t whole) {
    if (whole < 0)
        return not_money(std::to_string(whole), "is negative.", "Amounts and prices are 0 or more.");
    if (whole > number_max / micros_per_unit)
        return too_large(std::to_string(whole));
    return whole * micros_per_unit;
}

Quantity read_money(std::string_view text) {
    if (auto fault = find_fault_of_money(text))
        return *fault;
    std::string_view rest = text;
    const auto whole = take_number(rest);
    if (!whole || *whole >= number_max / micros_per_unit)
        return too_large(text);
    return *whole * micros_per_unit + (rest.empty() ? 0 : micros_of_decimals(rest.substr(1)));
}

Quantity read_moment(std::string_view text) {
    std::string_view rest = text;
    const auto day = take_day(rest);
    if (day && rest.empty())
        return *day;
    if (!day || !take_mark(rest, "Tt "))
        return not_a_moment(text);
    const auto time = take_time(rest);
    if (!time)
        return not_a_moment(text);
    if (rest.empty())
        return Misread{fmt::format("{} doesn't say in which time zone.", in_quotes(text)),
                       fmt::format("Write {}Z for UTC, or an offset such as +01:00.", text)};
    const auto offset = take_offset(rest);
    if (!offset || !rest.empty())
        return not_a_moment(text);
    return *day + *time - *offset;
}

}  // namespace noodstop::config
