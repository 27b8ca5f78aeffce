#include "agent/core/units.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>

namespace noodstop::core {
namespace {

constexpr std::int64_t lowest = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t highest = std::numeric_limits<std::int64_t>::max();

std::int64_t saturating_sum(std::int64_t left, std::int64_t right) {
    return saturate(Wide{left} + right);
}

std::string decimal(std::int64_t micros) {
    const bool negative = micros < 0;
    const auto magnitude = negative ? 0 - static_cast<std::uint64_t>(micros) : static_cast<std::uint64_t>(micros);
    std::string fraction = std::to_string(magnitude % 1'000'000);
    fraction.insert(0, 6 - fraction.size(), '0');
    while (fraction.size() > 2 && fraction.back() == '0')
        fraction.pop_back();
    return (negative ? "-" : "") + std::to_string(magnitude / 1'000'000) + "." + fraction;
}

struct CivilDate {
    std::int64_t year;
    unsigned month, day;
};

// Days since 1970-01-01 to the proleptic Gregorian calendar, by counting in 400-year eras that begin on 1 March.
CivilDate civil_date(std::int64_t days) {
    days += 719'468;
    const std::int64_t era = (days >= 0 ? days : days - 146'096) / 146'097;
    const auto day_of_era = static_cast<unsigned>(days - era * 146'097);
    const unsigned year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
    const unsigned day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const unsigned shifted_month = (5 * day_of_year + 2) / 153;
    const unsigned month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
    return {static_cast<std::int64_t>(year_of_era) + era * 400 + (month <= 2), month,
            day_of_year - (153 * shifted_month + 2) / 5 + 1};
}

}  // namespace

std::int64_t saturate(Wide value) {
    return static_cast<std::int64_t>(std::clamp<Wide>(value, lowest, highest));
}

Wide saturating_multiply(Wide left, Wide right) {
    Wide product;
    if (!__builtin_mul_overflow(left, right, &product))
        return product;
    constexpr Wide wide_highest = static_cast<Wide>(~static_cast<unsigned __int128>(0) >> 1);
    return (left < 0) == (right < 0) ? wide_highest : -wide_highest;
}

Wide saturating_add(Wide left, Wide right) {
    Wide sum;
    if (!__builtin_add_overflow(left, right, &sum))
        return sum;
    constexpr Wide wide_highest = static_cast<Wide>(~static_cast<unsigned __int128>(0) >> 1);
    return left > 0 ? wide_highest : -wide_highest;
}

Wide divide_rounded_up(Wide value, Wide by) {
    if (saturate(value) == value && saturate(by) == by) {  // several times faster
        const auto [quotient, rest] = std::div(static_cast<std::int64_t>(value), static_cast<std::int64_t>(by));
        return Wide{quotient} + (rest > 0);
    }
    const Wide quotient = value / by;
    return value % by > 0 ? quotient + 1 : quotient;
}

Money operator+(Money left, Money right) {
    return {saturating_sum(left.micros, right.micros)};
}
Money operator-(Money left, Money right) {
    return {saturate(Wide{left.micros} - right.micros)};
}
Money& operator+=(Money& left, Money right) {
    return left = left + right;
}

HourlyRate operator+(HourlyRate left, HourlyRate right) {
    return {saturating_sum(left.micros_per_hour, right.micros_per_hour)};
}
HourlyRate operator-(HourlyRate left, HourlyRate right) {
    return {saturate(Wide{left.micros_per_hour} - right.micros_per_hour)};
}
HourlyRate& operator+=(HourlyRate& left, HourlyRate right) {
    return left = left + right;
}

Money cost_rounded_up(HourlyRate rate, Duration time) {
    return {saturate(divide_rounded_up(Wide{rate.micros_per_hour} * time.count(), hour_micros))};
}

Duration time_to_spend(Money amount, HourlyRate rate) {
    if (amount.micros <= 0)
        return Duration{0};
    if (rate.micros_per_hour <= 0)
        return Duration::max();
    return Duration{saturate(Wide{amount.micros} * hour_micros / rate.micros_per_hour)};
}

std::string to_text(Money amount) {
    return decimal(amount.micros);
}
std::string to_text(HourlyRate rate) {
    return decimal(rate.micros_per_hour) + "/h";
}

std::string to_text(Duration time) {
    if (time == Duration::max())
        return "never";
    if (time.count() == 0)
        return "0s";
    std::string text = time.count() < 0 ? "-" : "";
    auto rest =
        time.count() < 0 ? 0 - static_cast<std::uint64_t>(time.count()) : static_cast<std::uint64_t>(time.count());
    struct Part {
        std::uint64_t micros;
        const char* unit;
    };
    constexpr std::array<Part, 6> parts{
        {{86'400'000'000, "d"}, {3'600'000'000, "h"}, {60'000'000, "m"}, {1'000'000, "s"}, {1'000, "ms"}, {1, "us"}}};
    for (const Part& part : parts) {
        if (rest / part.micros > 0)
            text += std::to_string(rest / part.micros) + part.unit;
        rest %= part.micros;
    }
    return text;
}

std::string to_text(WallTime time) {
    const std::int64_t seconds = time.since_epoch.count() / 1'000'000 - (time.since_epoch.count() % 1'000'000 < 0);
    const std::int64_t days = seconds / 86'400 - (seconds % 86'400 < 0);
    const std::int64_t second_of_day = seconds - days * 86'400;
    const CivilDate date = civil_date(days);
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%04lld-%02u-%02uT%02lld:%02lld:%02lldZ", static_cast<long long>(date.year),
                  date.month, date.day, static_cast<long long>(second_of_day / 3600),
                  static_cast<long long>(second_of_day / 60 % 60), static_cast<long long>(second_of_day % 60));
    return text.data();
}

}  // namespace noodstop::core
