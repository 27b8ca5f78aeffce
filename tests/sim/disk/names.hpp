// The names on a disk: what a process sees, what is durable, and the changes between them. A change is durable after
// its folder's sync.
#pragma once

#include "tests/sim/disk/stored_file.hpp"
#include "tests/sim/random.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace noodstop::sim {

inline constexpr std::uint32_t no_file = ~std::uint32_t{0};
inline constexpr std::uint32_t folder_file = no_file - 1;  // what a folder's name leads to

std::string_view folder_of(std::string_view path);

class NameTable {
public:
    struct Name {
        std::uint64_t hash = 0;
        std::string path;
        std::uint32_t file = no_file;
    };

    std::uint32_t find(std::string_view path) const;                   // no_file if there is none
    const std::vector<Name>& all() const { return seen_; }             // in no particular but always the same order
    std::vector<std::string> names_in(std::string_view folder) const;  // sorted
    bool refers_to(std::uint32_t file) const;                          // also durably only, or in a pending change

    void link(std::string_view path, std::uint32_t file);
    void unlink(std::string_view path);
    void rename(std::string_view from, std::string_view to);
    void sync_folder(std::string_view folder);
    void power_cut(const CutFaults& faults, Random& random);
    void all_is_durable();
    void clear();
    void renumber(const std::vector<std::uint32_t>& new_numbers);

private:
    struct Change {
        std::string removed;  // the path that goes, if any
        std::string linked;   // the path that comes, if any, and where it leads
        std::uint32_t file = no_file;
    };
    static void apply(const Change& change, std::vector<Name>& names);
    void change(Change what);

    std::vector<Name> seen_;
    std::vector<Name> durable_;
    std::vector<Change> pending_;
};

}  // namespace noodstop::sim
