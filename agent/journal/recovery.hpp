// What a start makes of a state folder: the database that is there, or one set aside and a new one in its place, with
// everything that could be saved.
//
//   healthy                     used
//   closed by a newer version   refused, nothing changed
//   held by another program     refused
//   damaged or unreadable       whole pieces of state are saved, the file is set aside, a new one begins with them
//   missing                     a new one begins; that is a problem if the folder was in use before
//   can't be used now (full, read-only, no descriptors)
//                               the start goes on without it: `failure` says why, reopen_from_memory() tries again
#pragma once

#include "agent/journal/generation.hpp"

#include <optional>

namespace noodstop::journal {

struct Recovery {
    core::Recovered recovered;
    std::optional<Generation> generation;
    std::uint64_t base = 0;      // the generation holds the facts after it
    bool is_empty = false;       // the folder's database is known to hold no fact: not worth keeping when it fails
    std::uint64_t reserved = 0;  // of sequence_file.hpp
    // Of the spool what could be read, where there is no generation, or a new one began with it.
    std::optional<SpoolImage> spool;
    std::string failure;  // why there is no generation
};

platform::Result<Recovery> recover(const std::string& folder);

// A new generation in the place of one that was set aside, or never was.
platform::Result<Generation> begin_generation(const std::string& folder);

}  // namespace noodstop::journal
