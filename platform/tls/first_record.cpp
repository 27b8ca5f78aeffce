#include "platform/tls/first_record.hpp"

namespace noodstop::platform::tls {
namespace {

constexpr unsigned char handshake_record = 22;
constexpr std::size_t content_size_max = 16 * 1024;
constexpr std::size_t message_head_size = 4;

}  // namespace

std::optional<std::size_t> first_record_size(std::string_view beginning) {
    const auto byte = [&](std::size_t index) { return static_cast<unsigned char>(beginning[index]); };
    if ((!beginning.empty() && byte(0) != handshake_record) || (beginning.size() > 1 && byte(1) != 3))
        return std::nullopt;
    if (beginning.size() < record_head_size)
        return record_head_size;
    const std::size_t content_size = static_cast<std::size_t>(byte(3)) << 8 | byte(4);
    if (content_size < message_head_size || content_size > content_size_max)
        return std::nullopt;
    return record_head_size + content_size;
}

}  // namespace noodstop::platform::tls
