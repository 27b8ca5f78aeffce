#include "platform/compression/gzip.hpp"

#include <algorithm>
#include <limits>
#include <zlib.h>

namespace noodstop::platform {
namespace {

constexpr int gzip_window_bits = 15 + 16;  // the largest window; 16 asks for gzip's header and trailer
constexpr int memory_level = 8;            // zlib's default
constexpr std::size_t piece_size = 16 * 1024;

struct Deflater {
    z_stream stream{};
    int made =
        ::deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, gzip_window_bits, memory_level, Z_DEFAULT_STRATEGY);
    Deflater() = default;
    Deflater(const Deflater&) = delete;
    Deflater& operator=(const Deflater&) = delete;
    ~Deflater() { ::deflateEnd(&stream); }
};

struct Inflater {
    z_stream stream{};
    int made = ::inflateInit2(&stream, gzip_window_bits);
    Inflater() = default;
    Inflater(const Inflater&) = delete;
    Inflater& operator=(const Inflater&) = delete;
    ~Inflater() { ::inflateEnd(&stream); }
};

// zlib reads through a pointer that is not const, and writes nothing there.
void set_input(z_stream& stream, std::string_view bytes) {
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream.avail_in = static_cast<uInt>(bytes.size());
}

void set_output(z_stream& stream, std::string& bytes, std::size_t from) {
    stream.next_out = reinterpret_cast<Bytef*>(bytes.data() + from);
    stream.avail_out = static_cast<uInt>(bytes.size() - from);
}

// zlib counts in 32 bits.
constexpr std::size_t message_size_max = std::numeric_limits<uInt>::max() / 2;

}  // namespace

Result<std::string> gzip_compress(std::string_view plain) {
    Deflater deflater;
    if (deflater.made != Z_OK || plain.size() > message_size_max)
        return Error{0, "cannot compress: no memory"};
    std::string packed(::deflateBound(&deflater.stream, static_cast<uLong>(plain.size())), '\0');
    set_input(deflater.stream, plain);
    set_output(deflater.stream, packed, 0);
    if (::deflate(&deflater.stream, Z_FINISH) != Z_STREAM_END)
        return Error{0, "cannot compress: no memory"};
    packed.resize(deflater.stream.total_out);
    return packed;
}

Result<std::string> gzip_decompress(std::string_view packed, std::size_t size_max) {
    Inflater inflater;
    if (inflater.made != Z_OK || packed.size() > message_size_max)
        return Error{0, "cannot decompress: no memory"};
    size_max = std::min(size_max, message_size_max);
    std::string plain;
    set_input(inflater.stream, packed);
    for (int said = Z_OK; said != Z_STREAM_END;) {
        const std::size_t before = plain.size();
        // One byte more than is allowed, so that the end of what just fits is still seen.
        plain.resize(std::min(before + piece_size, size_max + 1));
        set_output(inflater.stream, plain, before);
        said = ::inflate(&inflater.stream, Z_NO_FLUSH);
        plain.resize(plain.size() - inflater.stream.avail_out);
        if (plain.size() > size_max)
            return Error{0, "the gzip message holds more than " + std::to_string(size_max) + " bytes"};
        if (said != Z_OK && said != Z_STREAM_END)
            return Error{0, said == Z_BUF_ERROR ? "the gzip message ends too early" : "the gzip message is damaged"};
    }
    if (inflater.stream.avail_in > 0)
        return Error{0, "something follows the gzip message"};
    return plain;
}

}  // namespace noodstop::platform
