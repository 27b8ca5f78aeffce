// One file's bytes as processes see them, with the way back to what is durable: each unsynced change keeps what it
// replaced. So a sync costs nothing, and a power cut, which is rare, works out what survives.
#pragma once

#include "tests/sim/random.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace noodstop::sim {

using Bytes = std::vector<char>;

inline constexpr std::size_t sector_bytes = 512;

// What a power cut does to each unsynced write, per mille; the rest survives whole. All 0: everything survives.
struct CutFaults {
    unsigned lost = 0;
    unsigned partly = 0;              // a first part survives, in whole sectors
    unsigned torn = 0;                // of each sector one or the other content survives
    unsigned garbage = 0;             // its place holds anything
    bool in_order = false;            // nothing of a file survives that was written after its first loss
    unsigned names_lost = 0;          // per mille of unsynced creations, renames, removals
    bool names_in_any_order = false;  // else nothing that happened to names after the first loss survives
};

class StoredFile {
public:
    const Bytes& bytes() const { return bytes_; }
    Bytes& bytes_in_place() { return bytes_; }  // for damage: durable at once
    std::size_t size() const { return bytes_.size(); }

    std::size_t read(std::uint64_t offset, char* to, std::size_t size) const;
    void write(std::uint64_t offset, const char* from, std::size_t size);
    void truncate(std::uint64_t size);
    void sync();
    // What is not yet synced won't be by any later sync either, unless it is written anew: the kernel marks the pages
    // clean all the same when a sync failed. A power cut may take it or leave it.
    void sync_failed();
    void power_cut(const CutFaults& faults, Random& random);
    void all_is_durable();
    void assign(const Bytes& bytes);
    void clear();

private:
    enum class Fate { pending, given_up, durable };
    struct Change {
        std::uint64_t offset = 0;     // of a truncation: the new size
        std::size_t size = 0;         // bytes written; 0: a truncation
        std::size_t size_before = 0;  // of the file
        std::size_t replaced_begin = 0;
        std::size_t replaced_size = 0;
        Fate fate = Fate::pending;
    };
    enum class Survival { whole, nothing, first_part, torn, garbage };
    struct Redo;
    std::vector<Redo> take_back();
    void note_change(std::uint64_t offset, std::size_t size, std::size_t replaced_from, std::size_t replaced_size);
    static Survival draw_survival(const Redo& change, const CutFaults& faults, Random& random);
    void redo(const Redo& change, Survival survival, Random& random);

    Bytes bytes_;
    std::vector<Change> changes_;  // since what is durable, in order
    Bytes replaced_;               // what the changes replaced, one after the other
    bool given_up_ = false;        // some change was
};

}  // namespace noodstop::sim
