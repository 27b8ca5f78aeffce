#include "agent/journal/checksum.hpp"

#include <fmt/format.h>

#include <array>

namespace noodstop::journal {
namespace {

constexpr std::uint32_t polynomial = 0x82F63B78;  // reflected

constexpr std::array<std::uint32_t, 256> make_table() {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t byte = 0; byte < 256; ++byte) {
        std::uint32_t value = byte;
        for (int bit = 0; bit < 8; ++bit)
            value = (value & 1) != 0 ? (value >> 1) ^ polynomial : value >> 1;
        table[byte] = value;
    }
    return table;
}

constexpr std::array<std::uint32_t, 256> table = make_table();

std::string checksum_line(std::string_view lines) {
    return fmt::format("crc32c {:08x}\n", crc32c(lines));
}

}  // namespace

std::uint32_t crc32c(std::string_view bytes, std::uint32_t so_far) {
    std::uint32_t value = ~so_far;
    for (const char byte : bytes)
        value = table[(value ^ static_cast<unsigned char>(byte)) & 0xFF] ^ (value >> 8);
    return ~value;
}

std::string with_checksum_line(std::string lines) {
    return lines + checksum_line(lines);
}

std::string_view without_checksum_line(std::string_view text) {
    const std::size_t length = checksum_line("").size();
    if (text.size() <= length)
        return {};
    const std::string_view lines = text.substr(0, text.size() - length);
    return text.substr(lines.size()) == checksum_line(lines) ? lines : std::string_view();
}

}  // namespace noodstop::journal
