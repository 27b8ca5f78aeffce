#include "platform/gzip/gzip.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>
#include <new>
#include <zlib.h>

namespace noodstop::platform {
namespace {

constexpr int window_bits = 15;
constexpr int gzip_header = 16;  // added to the bits: a gzip header and no other
constexpr int memory_level = 8;
constexpr std::size_t piece_size = 16 * 1024;

// zlib's own state, released when it goes.
template <int (*release)(z_streamp)>
struct ZStream {
    ZStream() = default;
    ~ZStream() { release(&content); }
    ZStream(const ZStream&) = delete;
    ZStream& operator=(const ZStream&) = delete;
    z_stream content{};
};

// Hands in the next part of the input where zlib has none: it counts in 32 bits.
void feed(z_stream& stream, std::string_view& rest) {
    if (stream.avail_in > 0)
        return;
    const std::size_t size = std::min<std::size_t>(rest.size(), std::numeric_limits<uInt>::max());
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(rest.data()));
    stream.avail_in = static_cast<uInt>(size);
    rest.remove_prefix(size);
}

template <class Step>
int fill(z_stream& stream, std::array<char, piece_size>& piece, Step step) {
    stream.next_out = reinterpret_cast<Bytef*>(piece.data());
    stream.avail_out = static_cast<uInt>(piece.size());
    return step();
}

Error no_gzip(const char* why) {
    return {EINVAL, std::string("cannot expand: ") + why};
}

}  // namespace

std::string gzip(std::string_view bytes) {
    ZStream<deflateEnd> stream;
    if (deflateInit2(&stream.content, Z_DEFAULT_COMPRESSION, Z_DEFLATED, window_bits + gzip_header, memory_level,
                     Z_DEFAULT_STRATEGY) != Z_OK)
        throw std::bad_alloc();
    std::array<char, piece_size> piece;
    std::string result;
    int state = Z_OK;
    while (state != Z_STREAM_END) {
        feed(stream.content, bytes);
        state = fill(stream.content, piece,
                     [&] { return deflate(&stream.content, bytes.empty() ? Z_FINISH : Z_NO_FLUSH); });
        result.append(piece.data(), piece.size() - stream.content.avail_out);
    }
    return result;
}

Result<std::string> gunzip(std::string_view bytes, std::size_t size_max) {
    ZStream<inflateEnd> stream;
    if (inflateInit2(&stream.content, window_bits + gzip_header) != Z_OK)
        throw std::bad_alloc();
    std::array<char, piece_size> piece;
    std::string result;
    for (;;) {
        feed(stream.content, bytes);
        const int state = fill(stream.content, piece, [&] { return inflate(&stream.content, Z_NO_FLUSH); });
        const std::size_t size = piece.size() - stream.content.avail_out;
        if (result.size() + size > size_max)
            return Error{EFBIG, "cannot expand: it is longer than allowed"};
        result.append(piece.data(), size);
        if (state == Z_STREAM_END)
            break;
        if (state != Z_OK && state != Z_BUF_ERROR)
            return no_gzip("it is damaged or no gzip");
        if (size == 0 && bytes.empty() && stream.content.avail_in == 0)
            return no_gzip("it is cut off");
    }
    if (stream.content.avail_in > 0 || !bytes.empty())
        return no_gzip("something is behind its end");
    return result;
}

}  // namespace noodstop::platform
