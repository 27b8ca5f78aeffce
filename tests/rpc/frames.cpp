#include "tests/rpc/frames.hpp"

#include <nghttp2/nghttp2.h>

namespace noodstop::test {
namespace {

constexpr std::size_t frame_header_size = 9;

std::uint32_t number_at(std::string_view bytes, std::size_t at, std::size_t size) {
    std::uint32_t value = 0;
    for (std::size_t index = 0; index < size; ++index)
        value = (value << 8) | static_cast<unsigned char>(bytes[at + index]);
    return value;
}

// A string as HPACK has it, not compressed.
std::string literal(const std::string& text) {
    constexpr std::size_t prefix_max = 127;
    if (text.size() < prefix_max)
        return static_cast<char>(text.size()) + text;
    std::string bytes(1, static_cast<char>(prefix_max));
    std::size_t rest = text.size() - prefix_max;
    for (; rest >= 128; rest >>= 7)
        bytes.push_back(static_cast<char>((rest & 127) | 128));
    bytes.push_back(static_cast<char>(rest));
    return bytes + text;
}

}  // namespace

std::string number_of(std::uint32_t value) {
    std::string bytes;
    for (int shift = 24; shift >= 0; shift -= 8)
        bytes.push_back(static_cast<char>((value >> shift) & 0xFF));
    return bytes;
}

std::string bytes_of(const Frame& frame) {
    std::string bytes = number_of(static_cast<std::uint32_t>(frame.payload.size())).substr(1);
    bytes.push_back(static_cast<char>(frame.type));
    bytes.push_back(static_cast<char>(frame.flags));
    return bytes + number_of(frame.stream) + frame.payload;
}

std::string client_beginning() {
    return NGHTTP2_CLIENT_MAGIC + bytes_of({FrameType::settings, 0, 0, {}});
}

std::string header_block(const platform::HttpHeaders& headers) {
    std::string block;
    for (const platform::HttpHeader& header : headers)
        block += '\0' + literal(header.name) + literal(header.value);
    return block;
}

platform::HttpHeaders request_headers(const std::string& path) {
    return {{":method", "POST"}, {":scheme", "http"}, {":path", path},
            {":authority", "x"}, {"te", "trailers"},  {"content-type", "application/grpc"}};
}

std::vector<Frame> frames_in(std::string_view bytes) {
    std::vector<Frame> frames;
    while (bytes.size() >= frame_header_size) {
        const std::size_t size = number_at(bytes, 0, 3);
        if (bytes.size() < frame_header_size + size)
            break;
        frames.push_back({static_cast<FrameType>(bytes[3]), static_cast<std::uint8_t>(bytes[4]), number_at(bytes, 5, 4),
                          std::string(bytes.substr(frame_header_size, size))});
        bytes.remove_prefix(frame_header_size + size);
    }
    return frames;
}

long goaway_in(std::string_view bytes) {
    for (const Frame& frame : frames_in(bytes))
        if (frame.type == FrameType::goaway)
            return number_at(frame.payload, 4, 4);
    return -1;
}

long reset_in(std::string_view bytes, std::uint32_t stream) {
    for (const Frame& frame : frames_in(bytes))
        if (frame.type == FrameType::reset && frame.stream == stream)
            return number_at(frame.payload, 0, 4);
    return -1;
}

}  // namespace noodstop::test
