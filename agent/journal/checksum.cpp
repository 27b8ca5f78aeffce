#include "agent/journal/checksum.hpp"

#include <fmt/format.h>

#include <array>

namespace noodstop::journal {
namespace {

constexpr std::uint32_t polynomial = 0x82F63B78;  // reflected

constexpr std::size_t step = 8;  // bytes taken at once

// tables[n][byte]: what `byte` does to the sum when n bytes follow it.
using Tables = std::array<std::array<std::uint32_t, 256>, step>;

constexpr Tables make_tables() {
    Tables tables{};
    for (std::uint32_t byte = 0; byte < 256; ++byte) {
        std::uint32_t value = byte;
        for (int bit = 0; bit < 8; ++bit)
            value = (value & 1) != 0 ? (value >> 1) ^ polynomial : value >> 1;
        tables[0][byte] = value;
    }
    for (std::size_t later = 1; later < step; ++later) {
        for (std::size_t byte = 0; byte < 256; ++byte) {
            const std::uint32_t value = tables[later - 1][byte];
            tables[later][byte] = tables[0][value & 0xFF] ^ (value >> 8);
        }
    }
    return tables;
}

constexpr Tables tables = make_tables();

std::uint32_t byte_at(std::string_view bytes, std::size_t position) {
    return static_cast<unsigned char>(bytes[position]);
}

std::uint32_t take_step(std::uint32_t value, std::string_view bytes, std::size_t at) {
    std::uint32_t next = 0;
    for (std::size_t position = 0; position < step; ++position) {
        const std::uint32_t carried = position < 4 ? (value >> (8 * position)) & 0xFF : 0;
        next ^= tables[step - 1 - position][byte_at(bytes, at + position) ^ carried];
    }
    return next;
}

std::string checksum_line(std::string_view lines) {
    return fmt::format("crc32c {:08x}\n", crc32c(lines));
}

}  // namespace

std::uint32_t crc32c(std::string_view bytes, std::uint32_t so_far) {
    std::uint32_t value = ~so_far;
    std::size_t at = 0;
    for (; bytes.size() - at >= step; at += step)
        value = take_step(value, bytes, at);
    for (; at < bytes.size(); ++at)
        value = tables[0][(value ^ byte_at(bytes, at)) & 0xFF] ^ (value >> 8);
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
