// HTTP/2 by hand, for clients that break its rules: frames as bytes, and what came back cut into frames.
#pragma once

#include "platform/http/http.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace noodstop::test {

enum class FrameType : std::uint8_t {
    data = 0,
    headers = 1,
    priority = 2,
    reset = 3,
    settings = 4,
    push = 5,
    ping = 6,
    goaway = 7,
    window = 8,
    continuation = 9,
};

inline constexpr std::uint8_t end_stream = 0x01;
inline constexpr std::uint8_t acknowledgement = 0x01;
inline constexpr std::uint8_t end_headers = 0x04;

struct Frame {
    FrameType type = FrameType::data;
    std::uint8_t flags = 0;
    std::uint32_t stream = 0;
    std::string payload;
};

std::string bytes_of(const Frame& frame);
// The preface and empty settings.
std::string client_beginning();
std::string number_of(std::uint32_t value);  // four bytes, most significant first

// Without a table of earlier ones, so that each block can be sent any number of times.
std::string header_block(const platform::HttpHeaders& headers);
platform::HttpHeaders request_headers(const std::string& path);  // of a POST with gRPC's content type

// Whole frames only.
std::vector<Frame> frames_in(std::string_view bytes);
// The error code of the first GOAWAY, or of the reset of that stream; -1 if there is none.
long goaway_in(std::string_view bytes);
long reset_in(std::string_view bytes, std::uint32_t stream);

}  // namespace noodstop::test
