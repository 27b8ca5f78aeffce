// How people write quantities: "1h30m", "22.50", "2026-12-31". Each reader gives the whole number that the core uses,
// or says what is wrong and what to write instead.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace noodstop::config {

struct Misread {
    std::string problem;  // continues "KEY: "
    std::string cure;
};

using Quantity = std::variant<std::int64_t, Misread>;

// Micro-seconds: "250ms", "90s", "15m", "2h", "1h30m", "400d"; units us, ms, s, m, h, d, larger ones first.
Quantity read_duration(std::string_view text);

// Micro-units: "22", "22.50", "0.000001". At most six decimals, not negative, no separators or currency signs.
Quantity read_money(std::string_view text);
Quantity money_of_whole(std::int64_t whole);

// Micro-seconds since 1970 UTC: "2026-12-31" (its first moment in UTC), "2026-12-31T08:00:00Z", "...+01:00".
Quantity read_moment(std::string_view text);

}  // namespace noodstop::config
