// When a request that failed may be made again: after what the receiver asked for (Retry-After), and a back-off that
// keeps many clients from coming back at once.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace noodstop::platform {

struct Backoff {
    std::chrono::microseconds first = std::chrono::seconds(1);
    std::chrono::microseconds most = std::chrono::minutes(1);
};

// A random number of the whole range, drawn by the caller: what decides has no randomness of its own.
struct Dice {
    std::uint32_t value = 0;
};

// After so many failures in a row (1, 2, ...): from half of to the whole of first, 2 * first, 4 * first, ... `most`.
std::chrono::microseconds backoff_delay(const Backoff& backoff, std::uint32_t failures, Dice dice);

// The value of a Retry-After header as time from now (RFC 9110, 10.2.3): a number of seconds, or an HTTP date in any of
// its three forms. A date that is past gives zero; no value if it is neither. Nothing bounds it: the caller does.
std::optional<std::chrono::microseconds> parse_retry_after(std::string_view value,
                                                           std::chrono::microseconds now_since_epoch);

}  // namespace noodstop::platform
