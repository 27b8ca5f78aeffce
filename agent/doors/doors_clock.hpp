// Time and chance as the tasks of the doors process take them: the sessions get them as arguments.
#pragma once

#include "agent/core/units.hpp"
#include "platform/tls/library.hpp"

#include <chrono>
#include <cstdint>
#include <cstring>

namespace noodstop::doors {

// Of a clock that never goes back.
inline core::Duration steady_now() {
    return std::chrono::duration_cast<core::Duration>(std::chrono::steady_clock::now().time_since_epoch());
}

inline core::WallTime wall_now() {
    return {std::chrono::duration_cast<core::Duration>(std::chrono::system_clock::now().time_since_epoch())};
}

// At most a day from now: what is due later is looked at again then.
inline std::chrono::steady_clock::time_point time_point_of(core::Duration steady) {
    const auto latest = std::chrono::steady_clock::now() + std::chrono::hours(24);
    return steady > latest.time_since_epoch() ? latest : std::chrono::steady_clock::time_point(steady);
}

inline std::uint64_t drawn() {
    unsigned char bytes[sizeof(std::uint64_t)];
    platform::tls::random_bytes(bytes, sizeof bytes);
    std::uint64_t number = 0;
    std::memcpy(&number, bytes, sizeof number);
    return number;
}

}  // namespace noodstop::doors
