// Packs and unpacks whole messages with gzip (RFC 1952), as HTTP's Content-Encoding and gRPC know it.
#pragma once

#include "platform/result.hpp"

#include <string_view>

namespace noodstop::platform {

// An error only where there is no memory for it.
Result<std::string> gzip_compress(std::string_view plain);

// An error if the bytes are damaged, end too early, go on after the end, or hold more than `size_max`.
Result<std::string> gzip_decompress(std::string_view packed, std::size_t size_max);

}  // namespace noodstop::platform
