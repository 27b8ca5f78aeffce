// A latch as text, one named value a line, closed by a checksum line:
//
//   noodstop latch 1
//   zone dev
//   version 7
//   tripped yes
//   latched no
//   since 1795287600000000
//   reason spend limit daily reached
//   survivor lab build-host
//   crc32c 1c291ca3
//
// Bytes outside printable ASCII, "%", and spaces inside of names are written as %XX. There is exactly one text for a
// latch, and only that text is accepted: anything else is damage.
#pragma once

#include "agent/core/record.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace noodstop::journal {

// A latch with more is written with the first of them: after the loss of everything else a survivor too few is
// stopped, which errs to the safe side.
inline constexpr std::size_t survivors_max = 10'000;
inline constexpr std::size_t latch_bytes_max = 4u << 20;
inline constexpr std::size_t reason_bytes_max = 1'000;
inline constexpr std::size_t file_name_bytes_max = 240;

std::string encode_latch(const core::Latch& latch);
std::optional<core::Latch> decode_latch(std::string_view text);

// "dev" <-> "dev.latch". Letters, digits, "-" and "_" stand for themselves, all else is %XX, so that no zone's name
// leads out of the folder or into another zone's file.
std::string latch_file_name(const core::ZoneName& zone);
// Empty if it is not the name of a latch file.
std::optional<core::ZoneName> zone_of_file_name(std::string_view name);

}  // namespace noodstop::journal
