#include "proto/codec/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace noodstop::codec {
namespace {

// The length of the UTF-8 character that begins at `at`, 0 if there is none. Overlong forms and surrogates are none.
std::size_t character_size(std::string_view text, std::size_t at) {
    const auto byte = [&](std::size_t index) { return static_cast<unsigned char>(text[index]); };
    const unsigned first = byte(at);
    const std::size_t size = first < 0x80   ? 1
                             : first < 0xC2 ? 0
                             : first < 0xE0 ? 2
                             : first < 0xF0 ? 3
                             : first < 0xF5 ? 4
                                            : 0;
    if (size == 0 || at + size > text.size())
        return 0;
    for (std::size_t index = at + 1; index < at + size; ++index)
        if ((byte(index) & 0xC0) != 0x80)
            return 0;
    if ((first == 0xE0 && byte(at + 1) < 0xA0) || (first == 0xED && byte(at + 1) > 0x9F) ||
        (first == 0xF0 && byte(at + 1) < 0x90) || (first == 0xF4 && byte(at + 1) > 0x8F))
        return 0;
    return size;
}

bool is_control(std::string_view text, std::size_t at) {
    const auto first = static_cast<unsigned char>(text[at]);
    const bool c1 = first == 0xC2 && static_cast<unsigned char>(text[at + 1]) < 0xA0;
    return first < 0x20 || first == 0x7F || c1;
}

}  // namespace

bool is_plain_text(std::string_view text) {
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t size = character_size(text, at);
        if (size == 0 || is_control(text, at))
            return false;
        at += size;
    }
    return true;
}

std::string valid_text(const std::string& text) {
    std::string valid;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t size = character_size(text, at);
        if (size == 0)
            valid += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[at]));
        else
            valid.append(text, at, size);
        at += std::max<std::size_t>(size, 1);
    }
    return valid;
}

std::string printable_text(const std::string& text) {
    const std::string valid = valid_text(text);
    std::string printable;
    for (std::size_t at = 0; at < valid.size();) {
        const std::size_t size = character_size(valid, at);
        if (is_control(valid, at))
            printable += fmt::format("\\x{:02x}", static_cast<unsigned char>(valid[at + size - 1]));
        else
            printable.append(valid, at, size);
        at += size;
    }
    return printable;
}

std::string printable_lines(const std::string& text) {
    std::string lines;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        lines += printable_text(text.substr(at, end - at)) + "\n";
        at = end + 1;
    }
    return lines;
}

std::string shortened_text(const std::string& text, std::size_t size_max) {
    std::size_t size = std::min(text.size(), size_max);
    while (size > 0 && size < text.size() && (text[size] & 0xC0) == 0x80)
        --size;
    return text.substr(0, size);
}

std::size_t count_characters(std::string_view text) {
    return static_cast<std::size_t>(
        std::count_if(text.begin(), text.end(), [](char byte) { return (byte & 0xC0) != 0x80; }));
}

}  // namespace noodstop::codec
