#include "platform/http/retry.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <vector>

namespace noodstop::platform {
namespace {

using std::chrono::microseconds;

// More seconds than that fit into no duration; they are as good as never.
constexpr std::int64_t retry_seconds_max = std::numeric_limits<std::int64_t>::max() / 4'000'000;

std::optional<std::int64_t> whole_number(std::string_view text) {
    std::int64_t number = 0;
    const bool is_digits = !text.empty() && std::all_of(text.begin(), text.end(), [](char character) {
        return character >= '0' && character <= '9';
    });
    if (!is_digits)
        return std::nullopt;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc{} ? number : std::numeric_limits<std::int64_t>::max();
}

std::vector<std::string_view> words_of(std::string_view text) {
    std::vector<std::string_view> words;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t begin = text.find_first_not_of(" ,:-", at);
        if (begin == std::string_view::npos)
            break;
        const std::size_t end = std::min(text.find_first_of(" ,:-", begin), text.size());
        words.push_back(text.substr(begin, end - begin));
        at = end;
    }
    return words;
}

std::optional<unsigned> month_number(std::string_view name) {
    constexpr std::array<std::string_view, 12> names{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end())
        return std::nullopt;
    return static_cast<unsigned>(found - names.begin()) + 1;
}

// A year of two digits is the nearest one that is not more than 50 years ahead.
std::int64_t whole_year(std::int64_t year, microseconds now) {
    using namespace std::chrono;
    if (year >= 100)
        return year;
    const year_month_day today(floor<days>(sys_time<microseconds>(now)));
    const std::int64_t this_year = static_cast<int>(today.year());
    const std::int64_t candidate = this_year / 100 * 100 + year;
    return candidate > this_year + 50 ? candidate - 100 : candidate;
}

struct DateWords {
    std::string_view day, month, year, hour, minute, second;
};

// Sun, 06 Nov 1994 08:49:37 GMT | Sunday, 06-Nov-94 08:49:37 GMT | Sun Nov  6 08:49:37 1994
std::optional<DateWords> words_of_date(std::string_view text) {
    const auto words = words_of(text);
    if (words.size() == 8 && words[7] == "GMT")
        return DateWords{words[1], words[2], words[3], words[4], words[5], words[6]};
    if (words.size() == 7)
        return DateWords{words[2], words[1], words[6], words[3], words[4], words[5]};
    return std::nullopt;
}

std::optional<microseconds> parse_http_date(std::string_view text, microseconds now) {
    using namespace std::chrono;
    const auto words = words_of_date(text);
    if (!words)
        return std::nullopt;
    const auto month = month_number(words->month);
    const auto day = whole_number(words->day);
    const auto year = whole_number(words->year);
    const auto hour = whole_number(words->hour);
    const auto minute = whole_number(words->minute);
    const auto second = whole_number(words->second);
    if (!month || !day || !year || !hour || !minute || !second)
        return std::nullopt;
    if (*day > 31 || *year > 9999 || *hour > 23 || *minute > 59 || *second > 60)
        return std::nullopt;
    const year_month_day date{std::chrono::year(static_cast<int>(whole_year(*year, now))), std::chrono::month(*month),
                              std::chrono::day(static_cast<unsigned>(*day))};
    if (!date.ok())
        return std::nullopt;
    return sys_days(date).time_since_epoch() + hours(*hour) + minutes(*minute) + seconds(*second);
}

}  // namespace

microseconds backoff_delay(const Backoff& backoff, std::uint32_t failures, Dice dice) {
    microseconds whole = std::min(backoff.first, backoff.most);
    for (std::uint32_t doubled = 1; doubled < failures && whole < backoff.most; ++doubled)
        whole = whole > backoff.most / 2 ? backoff.most : whole * 2;
    const std::int64_t half = whole.count() / 2;
    const std::int64_t share = static_cast<std::int64_t>(static_cast<__int128>(half) * dice.value >> 32);
    return microseconds(whole.count() - half + share);
}

std::optional<microseconds> parse_retry_after(std::string_view value, microseconds now_since_epoch) {
    const std::size_t begin = std::min(value.find_first_not_of(" \t"), value.size());
    value = value.substr(begin, value.find_last_not_of(" \t") + 1 - begin);
    if (const auto seconds = whole_number(value))
        return std::chrono::seconds(std::min(*seconds, retry_seconds_max));
    const auto date = parse_http_date(value, now_since_epoch);
    if (!date)
        return std::nullopt;
    return std::max(*date - now_since_epoch, microseconds(0));
}

}  // namespace noodstop::platform
