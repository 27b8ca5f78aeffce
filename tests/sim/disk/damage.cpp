#include "tests/sim/disk/damage.hpp"

#include <algorithm>

namespace noodstop::sim {

void flip_bytes(Disk& disk, std::string_view path, std::size_t count, Random& random) {
    Bytes* bytes = disk.bytes_at(path);
    if (bytes == nullptr || bytes->empty())
        return;
    for (std::size_t turn = 0; turn < count; ++turn) {
        char& byte = random.pick(*bytes);
        byte = static_cast<char>(byte ^ (1 << random.below(8)));
    }
}

void cut_short(Disk& disk, std::string_view path, Random& random) {
    Bytes* bytes = disk.bytes_at(path);
    if (bytes != nullptr && !bytes->empty())
        bytes->resize(static_cast<std::size_t>(random.below(bytes->size())));
}

void swap_pages(Disk& disk, std::string_view path, Random& random) {
    Bytes* bytes = disk.bytes_at(path);
    const std::size_t pages = bytes == nullptr ? 0 : bytes->size() / page_bytes;
    if (pages < 2)
        return;
    const std::size_t first = static_cast<std::size_t>(random.below(pages));
    const std::size_t other = (first + 1 + static_cast<std::size_t>(random.below(pages - 1))) % pages;
    const auto page = [&](std::size_t index) {
        return bytes->begin() + static_cast<std::ptrdiff_t>(index * page_bytes);
    };
    std::swap_ranges(page(first), page(first) + page_bytes, page(other));
}

void fill_page_with_garbage(Disk& disk, std::string_view path, Random& random) {
    Bytes* bytes = disk.bytes_at(path);
    if (bytes == nullptr || bytes->empty())
        return;
    const std::size_t pages = (bytes->size() + page_bytes - 1) / page_bytes;
    const std::size_t begin = static_cast<std::size_t>(random.below(pages)) * page_bytes;
    for (std::size_t at = begin; at < std::min(begin + page_bytes, bytes->size()); ++at)
        (*bytes)[at] = static_cast<char>(random.next());
}

}  // namespace noodstop::sim
