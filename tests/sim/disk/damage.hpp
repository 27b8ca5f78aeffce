// Damage at rest: what bad sectors, a careless copy or an attacker do to files while nobody looks. A file that is not
// there, or is empty, stays as it is.
#pragma once

#include "tests/sim/disk/disk.hpp"

#include <cstddef>
#include <string_view>

namespace noodstop::sim {

inline constexpr std::size_t page_bytes = 4096;  // of a database

void flip_bytes(Disk& disk, std::string_view path, std::size_t count, Random& random);  // one bit in each
void cut_short(Disk& disk, std::string_view path, Random& random);                      // to any smaller size
void swap_pages(Disk& disk, std::string_view path, Random& random);                     // two different whole ones
void fill_page_with_garbage(Disk& disk, std::string_view path, Random& random);

}  // namespace noodstop::sim
