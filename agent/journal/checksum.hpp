// CRC-32C (Castagnoli, RFC 3720 appendix B.4): tells damaged bytes from whole ones in latch files and database rows.
// It guards against accidents, not against forgery; that is what signatures are for.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace noodstop::journal {

// `so_far` continues an earlier sum: crc32c(b, crc32c(a)) == crc32c(a + b).
std::uint32_t crc32c(std::string_view bytes, std::uint32_t so_far = 0);

// Closes a text of whole lines with a last line "crc32c xxxxxxxx".
std::string with_checksum_line(std::string lines);

// The lines without their last one, or empty if that does not match them.
std::string_view without_checksum_line(std::string_view text);

}  // namespace noodstop::journal
