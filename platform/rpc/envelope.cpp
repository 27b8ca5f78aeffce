#include "platform/rpc/envelope.hpp"

namespace noodstop::platform {

std::string envelope(std::uint8_t flags, std::string_view message) {
    const auto size = static_cast<std::uint32_t>(message.size());
    std::string bytes;
    bytes.reserve(envelope_header_size + message.size());
    bytes.push_back(static_cast<char>(flags));
    for (int shift = 24; shift >= 0; shift -= 8)
        bytes.push_back(static_cast<char>((size >> shift) & 0xFF));
    return bytes.append(message);
}

std::optional<EnvelopeReader::Envelope> EnvelopeReader::take() {
    if (bytes_.size() < envelope_header_size || is_broken_)
        return std::nullopt;
    std::size_t size = 0;
    for (std::size_t index = 1; index < envelope_header_size; ++index)
        size = (size << 8) | static_cast<unsigned char>(bytes_[index]);
    is_broken_ = size > message_size_max_;
    if (is_broken_ || bytes_.size() - envelope_header_size < size)
        return std::nullopt;
    Envelope result{static_cast<std::uint8_t>(bytes_[0]), bytes_.substr(envelope_header_size, size)};
    bytes_.erase(0, envelope_header_size + size);
    return result;
}

}  // namespace noodstop::platform
