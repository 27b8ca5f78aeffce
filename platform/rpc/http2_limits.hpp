// What one HTTP/2 connection may cost. Each of the known floods has its maximum here.
#pragma once

#include "platform/rpc/allowance.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace noodstop::platform {

struct Http2Limits {
    std::uint32_t streams_max = 16;               // open at once; further ones are refused, which a client may repeat
    std::size_t header_list_size_max = 8 * 1024;  // as HPACK counts: each with 32 bytes more
    std::uint32_t window_size = 64 * 1024 - 1;    // received and not yet read, of each stream
    std::size_t unsent_bytes_max = 1024 * 1024;   // of each stream, beyond the message that is being sent
    std::size_t requests_max = 100'000;           // then the connection ends in order
    std::size_t continuations_max = 4;            // after one HEADERS frame
    std::size_t settings_max = 32;                // in one SETTINGS frame
    std::size_t acknowledgements_max = 64;        // of PING and SETTINGS that wait to be sent
    AllowanceLimits peer_resets{200, 20};         // rapid reset
    AllowanceLimits own_resets{200, 20};          // that the other end provokes (MadeYouReset)
    // Frames that move no call forward: PING, SETTINGS, WINDOW_UPDATE, PRIORITY, CONTINUATION, data of no or hardly any
    // bytes. Each DATA frame that we send pays for two of them. Unknown ones cost no more than their bytes.
    AllowanceLimits idle_frames{1'000, 100};
    std::chrono::milliseconds idle_deadline = std::chrono::minutes(2);    // without an open stream
    std::chrono::milliseconds read_deadline = std::chrono::seconds(5);    // for the settings, for each request
    std::chrono::milliseconds write_deadline = std::chrono::seconds(10);  // for a stream, or all, to move on
    std::chrono::milliseconds linger_deadline = std::chrono::seconds(2);  // for the other end to close after us
};

}  // namespace noodstop::platform
