#include "agent/journal/sequence_file.hpp"

#include "agent/journal/checksum.hpp"
#include "agent/journal/folder.hpp"
#include "platform/file/file.hpp"

#include <fmt/format.h>

#include <charconv>

namespace noodstop::journal {
namespace {

constexpr std::size_t bytes_max = 256;
constexpr std::string_view opening = "noodstop sequence 1\nreserved ";

std::string path_in(const std::string& folder) {
    return folder + "/sequence";
}

}  // namespace

std::uint64_t read_reserved_sequence(const std::string& folder) {
    const platform::Result<std::string> text = platform::read_file(path_in(folder), bytes_max);
    if (!text)
        return 0;
    std::string_view lines = without_checksum_line(text.value());
    if (!lines.starts_with(opening))
        return 0;
    lines.remove_prefix(opening.size());
    std::uint64_t reserved = 0;
    std::from_chars(lines.data(), lines.data() + lines.size(), reserved);
    return reserved;
}

platform::Status write_reserved_sequence(const std::string& folder, std::uint64_t reserved) {
    return replace_small_file(path_in(folder), with_checksum_line(fmt::format("{}{}\n", opening, reserved)));
}

}  // namespace noodstop::journal
