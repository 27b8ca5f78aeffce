#include "platform/rpc/proto_wire.hpp"

namespace noodstop::platform {
namespace {

constexpr unsigned wire_varint = 0;
constexpr unsigned wire_fixed64 = 1;
constexpr unsigned wire_bytes = 2;
constexpr unsigned wire_fixed32 = 5;
constexpr unsigned wire_type_bits = 3;
constexpr std::size_t varint_size_max = 10;
constexpr std::uint64_t field_number_max = (1U << 29) - 1;

}  // namespace

std::optional<ProtoReader::Field> ProtoReader::next() {
    if (rest_.empty() || is_broken_)
        return std::nullopt;
    const auto key = take_number();
    Field field;
    const std::uint64_t number = key ? *key >> wire_type_bits : 0;
    const bool is_whole = key && number >= 1 && number <= field_number_max && take_content(*key & 7U, field);
    is_broken_ = !is_whole;
    if (is_broken_)
        return std::nullopt;
    field.number = static_cast<std::uint32_t>(number);
    return field;
}

bool ProtoReader::take_content(unsigned wire_type, Field& field) {
    if (wire_type == wire_bytes) {
        const auto bytes = take_bytes();
        field.is_bytes = true;
        field.bytes = bytes ? *bytes : std::string_view();
        return bytes.has_value();
    }
    std::optional<std::uint64_t> value;
    if (wire_type == wire_varint)
        value = take_number();
    else if (wire_type == wire_fixed64)
        value = take_fixed(8);
    else if (wire_type == wire_fixed32)
        value = take_fixed(4);
    field.value = value ? *value : 0;
    return value.has_value();
}

std::optional<std::uint64_t> ProtoReader::take_number() {
    std::uint64_t value = 0;
    for (std::size_t index = 0; index < varint_size_max && index < rest_.size(); ++index) {
        const auto byte = static_cast<unsigned char>(rest_[index]);
        value |= static_cast<std::uint64_t>(byte & 0x7F) << (7 * index);
        if ((byte & 0x80) == 0) {
            rest_.remove_prefix(index + 1);
            return value;
        }
    }
    return std::nullopt;
}

std::optional<std::uint64_t> ProtoReader::take_fixed(std::size_t size) {
    if (rest_.size() < size)
        return std::nullopt;
    std::uint64_t value = 0;
    for (std::size_t index = size; index > 0; --index)
        value = (value << 8) | static_cast<unsigned char>(rest_[index - 1]);
    rest_.remove_prefix(size);
    return value;
}

std::optional<std::string_view> ProtoReader::take_bytes() {
    const auto size = take_number();
    if (!size || *size > rest_.size())
        return std::nullopt;
    const std::string_view bytes = rest_.substr(0, static_cast<std::size_t>(*size));
    rest_.remove_prefix(bytes.size());
    return bytes;
}

ProtoWriter& ProtoWriter::number(std::uint32_t field, std::uint64_t value) {
    if (value == 0)
        return *this;
    put_number(static_cast<std::uint64_t>(field) << wire_type_bits | wire_varint);
    put_number(value);
    return *this;
}

ProtoWriter& ProtoWriter::bytes(std::uint32_t field, std::string_view value) {
    put_number(static_cast<std::uint64_t>(field) << wire_type_bits | wire_bytes);
    put_number(value.size());
    message_ += value;
    return *this;
}

void ProtoWriter::put_number(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7)
        message_.push_back(static_cast<char>((value & 0x7F) | 0x80));
    message_.push_back(static_cast<char>(value));
}

}  // namespace noodstop::platform
