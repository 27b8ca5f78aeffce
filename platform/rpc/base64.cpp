#include "platform/rpc/base64.hpp"

#include <array>
#include <cstdint>

namespace noodstop::platform {
namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::size_t group_letters = 4;
constexpr std::size_t group_bytes = 3;

constexpr std::array<std::int8_t, 256> make_values() {
    std::array<std::int8_t, 256> values{};
    for (auto& value : values)
        value = -1;
    for (std::size_t index = 0; index < alphabet.size(); ++index)
        values[static_cast<unsigned char>(alphabet[index])] = static_cast<std::int8_t>(index);
    values['-'] = 62;
    values['_'] = 63;
    return values;
}

constexpr auto letter_values = make_values();

// Two to four letters of one group, without padding.
std::optional<std::string> bytes_of_group(std::string_view letters) {
    std::uint32_t bits = 0;
    for (const char letter : letters) {
        const int value = letter_values[static_cast<unsigned char>(letter)];
        if (value < 0)
            return std::nullopt;
        bits = (bits << 6) | static_cast<std::uint32_t>(value);
    }
    if (letters.size() < 2)
        return std::nullopt;
    const std::size_t bytes = letters.size() - 1;
    bits <<= 6 * (group_letters - letters.size());
    std::string result;
    for (std::size_t index = 0; index < bytes; ++index)
        result.push_back(static_cast<char>((bits >> (16 - 8 * index)) & 0xFF));
    return result;
}

std::string_view without_padding(std::string_view text) {
    for (int count = 0; count < 2 && !text.empty() && text.back() == '='; ++count)
        text.remove_suffix(1);
    return text;
}

}  // namespace

std::string unpadded_base64_of(std::string_view bytes) {
    std::string text;
    text.reserve((bytes.size() + 2) / group_bytes * group_letters);
    for (; !bytes.empty(); bytes.remove_prefix(std::min(group_bytes, bytes.size()))) {
        const std::string_view group = bytes.substr(0, group_bytes);
        std::uint32_t bits = 0;
        for (std::size_t index = 0; index < group_bytes; ++index)
            bits = (bits << 8) | (index < group.size() ? static_cast<unsigned char>(group[index]) : 0U);
        for (std::size_t index = 0; index <= group.size(); ++index)
            text.push_back(alphabet[(bits >> (18 - 6 * index)) & 0x3F]);
    }
    return text;
}

std::string base64_of(std::string_view bytes) {
    std::string text = unpadded_base64_of(bytes);
    text.append((group_letters - text.size() % group_letters) % group_letters, '=');
    return text;
}

std::optional<std::string> bytes_of_base64(std::string_view text) {
    const bool is_padded = !text.empty() && text.back() == '=';
    if (is_padded && text.size() % group_letters != 0)
        return std::nullopt;
    text = without_padding(text);
    std::string bytes;
    bytes.reserve(text.size() / group_letters * group_bytes + 2);
    for (; !text.empty(); text.remove_prefix(std::min(group_letters, text.size()))) {
        const auto group = bytes_of_group(text.substr(0, group_letters));
        if (!group)
            return std::nullopt;
        bytes += *group;
    }
    return bytes;
}

std::string Base64StreamReader::put(std::string_view text) {
    std::string bytes;
    waiting_ += text;
    std::size_t at = 0;
    for (; !is_broken_ && waiting_.size() - at >= group_letters; at += group_letters) {
        const auto group = bytes_of_group(without_padding(std::string_view(waiting_).substr(at, group_letters)));
        if (group)
            bytes += *group;
        is_broken_ = !group;
    }
    waiting_.erase(0, at);
    return bytes;
}

}  // namespace noodstop::platform
