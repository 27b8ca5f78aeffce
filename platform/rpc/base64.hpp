// Base64 as the protocols use it (RFC 4648): with or without padding, plain or URL-safe, whole or in pieces.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace noodstop::platform {

std::string base64_of(std::string_view bytes);           // padded
std::string unpadded_base64_of(std::string_view bytes);  // as binary metadata and error details are sent

// Takes both alphabets, padded or not. Nothing if the text is anything else.
std::optional<std::string> bytes_of_base64(std::string_view text);

// Decodes a stream of texts that follow each other, each padded on its own, as gRPC-Web sends them.
class Base64StreamReader {
public:
    // The bytes that are whole now.
    std::string put(std::string_view text);
    bool is_broken() const { return is_broken_; }
    bool is_empty() const { return waiting_.empty(); }  // nothing is left of a group that is not whole

private:
    std::string waiting_;  // less than a group of four letters
    bool is_broken_ = false;
};

}  // namespace noodstop::platform
