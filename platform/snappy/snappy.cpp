#include "platform/snappy/snappy.hpp"

#include <cstdint>
#include <limits>
#include <snappy-c.h>

namespace noodstop::platform {

Result<std::string> snappy_compress(std::string_view plain) {
    if (plain.size() > std::numeric_limits<std::uint32_t>::max())
        return Error{0, "cannot compress: a snappy block holds at most 4 GiB"};
    std::size_t size = ::snappy_max_compressed_length(plain.size());
    std::string block(size, '\0');
    if (::snappy_compress(plain.data(), plain.size(), block.data(), &size) != SNAPPY_OK)
        return Error{0, "cannot compress"};
    block.resize(size);
    return block;
}

Result<std::string> snappy_decompress(std::string_view block, std::size_t size_max) {
    std::size_t size = 0;
    if (::snappy_uncompressed_length(block.data(), block.size(), &size) != SNAPPY_OK)
        return Error{0, "these bytes are no snappy block"};
    if (size > size_max)
        return Error{0, "the snappy block holds " + std::to_string(size) + " bytes, more than are taken"};
    std::string plain(size, '\0');
    if (::snappy_uncompress(block.data(), block.size(), plain.data(), &size) != SNAPPY_OK)
        return Error{0, "the snappy block is damaged"};
    plain.resize(size);
    return plain;
}

}  // namespace noodstop::platform
