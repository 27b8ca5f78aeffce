// Protobuf's wire format, as much of it as the few messages need that belong to the RPC protocols themselves: error
// details, health, reflection and the descriptors that it serves. Everything else goes through generated code.
// (https://protobuf.dev/programming-guides/encoding)
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace noodstop::platform {

// Walks over the fields of a message.
class ProtoReader {
public:
    explicit ProtoReader(std::string_view message) : rest_(message) {}

    struct Field {
        std::uint32_t number = 0;
        bool is_bytes = false;    // text, bytes or a message: in `bytes`; else in `value`
        std::uint64_t value = 0;  // as it stands on the wire: not un-zigzagged
        std::string_view bytes;
    };

    // Nothing at the end, and where the message is broken.
    std::optional<Field> next();
    bool is_broken() const { return is_broken_; }

private:
    std::optional<std::uint64_t> take_number();
    std::optional<std::uint64_t> take_fixed(std::size_t size);
    std::optional<std::string_view> take_bytes();
    bool take_content(unsigned wire_type, Field& field);

    std::string_view rest_;
    bool is_broken_ = false;
};

class ProtoWriter {
public:
    ProtoWriter& number(std::uint32_t field, std::uint64_t value);  // left out where it is 0
    ProtoWriter& bytes(std::uint32_t field, std::string_view value);
    std::string take() { return std::move(message_); }

private:
    void put_number(std::uint64_t value);

    std::string message_;
};

}  // namespace noodstop::platform
