// Snappy's block format, which Prometheus remote-write wants: one block, without the frames of snappy files.
#pragma once

#include "platform/result.hpp"

#include <string_view>

namespace noodstop::platform {

// An error if there is more than 4 GiB of it.
Result<std::string> snappy_compress(std::string_view plain);

// An error if the block is damaged, or says that it holds more than `size_max` bytes.
Result<std::string> snappy_decompress(std::string_view block, std::size_t size_max);

}  // namespace noodstop::platform
