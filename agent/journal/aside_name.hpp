// The name of a database that was set aside: "noodstop.db.failed-000007-20261121T180000Z" or "noodstop.db.corrupt-...".
// The number only grows within a folder and gives the order; the stamp is the wall clock's and gives none, since that
// clock may be wrong or be set back.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace noodstop::journal {

enum class Why { corrupt, failed };

struct AsideName {
    Why why = Why::failed;
    std::uint64_t ordinal = 0;
    std::int64_t wall_seconds = 0;  // since 1970; the highest there is if the stamp says nothing
};

// `database` is the name of the database that gets it.
std::string to_file_name(std::string_view database, const AsideName& name);

// nullopt: not the name of a file set aside. Nothing may follow the stamp: companions (-wal) are no such names.
std::optional<AsideName> parse_aside_name(std::string_view database, std::string_view file_name);

}  // namespace noodstop::journal
