// Messages in a stream of bytes, as gRPC, gRPC-Web and Connect have them alike: a byte of flags, four of length (most
// significant first), the message.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace noodstop::platform {

inline constexpr std::size_t envelope_header_size = 5;
inline constexpr std::uint8_t compressed_flag = 0x01;

std::string envelope(std::uint8_t flags, std::string_view message);

// Cuts a stream of bytes into envelopes.
class EnvelopeReader {
public:
    explicit EnvelopeReader(std::size_t message_size_max) : message_size_max_(message_size_max) {}

    struct Envelope {
        std::uint8_t flags = 0;
        std::string message;
    };

    void put(std::string_view bytes) { bytes_ += bytes; }
    std::optional<Envelope> take();
    bool is_broken() const { return is_broken_; }     // a message was announced that is larger than allowed
    bool is_empty() const { return bytes_.empty(); }  // nothing is left of a message that is not whole

private:
    std::size_t message_size_max_;
    std::string bytes_;
    bool is_broken_ = false;
};

}  // namespace noodstop::platform
