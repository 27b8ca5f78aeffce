// Amounts and times as people read and write them.
#pragma once

#include "agent/core/snapshot.hpp"

#include <optional>
#include <string>

namespace noodstop::cli {

// "12.50 EUR", "12.50 EUR/h" or "3", as the kind of limit wants it.
std::string amount_text(const core::LimitStatus& limit, std::int64_t amount);
// The same for what was measured: from one unit on rounded up to hundredths, which is enough for people.
std::string measured_text(const core::LimitStatus& limit, std::int64_t amount);
std::string rate_text(core::HourlyRate rate, const std::string& currency);  // "12.50 EUR/h", rounded likewise
std::string money_text(core::Money amount);                                 // "12.50", rounded likewise

// Two units at most: "1d3h", "12m5s", "850ms". Negative times are "0s".
std::string short_time(core::Duration time);

// "80", "80.5" for money (at most six decimals), whole numbers for count and allow. Nothing where it is no amount.
std::optional<core::Money> parse_amount(const core::LimitStatus& limit, const std::string& text);

}  // namespace noodstop::cli
