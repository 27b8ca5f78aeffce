// FOLDER/sequence: a number that no recorded fact's sequence is above, raised in large steps before it is reached. It
// lets the numbering go on upwards when the database, which knows it exactly, is lost (DESIGN.md 7: truncation shows).
#pragma once

#include "platform/result.hpp"

#include <cstdint>
#include <string>

namespace noodstop::journal {

inline constexpr std::uint64_t sequence_step = 1'000;  // facts per write of the file; the largest gap after a loss

// 0 if there is none, or none that is whole.
std::uint64_t read_reserved_sequence(const std::string& folder);
platform::Status write_reserved_sequence(const std::string& folder, std::uint64_t reserved);

}  // namespace noodstop::journal
