#include "tests/sim/disk/stored_file.hpp"

#include <algorithm>
#include <cstring>

namespace noodstop::sim {

// A change with what it brought instead of what it replaced.
struct StoredFile::Redo {
    std::uint64_t offset = 0;
    bool is_truncation = false;
    Fate fate = Fate::pending;
    Bytes brought;
};

std::size_t StoredFile::read(std::uint64_t offset, char* to, std::size_t size) const {
    if (offset >= bytes_.size())
        return 0;
    const std::size_t count = std::min(size, bytes_.size() - static_cast<std::size_t>(offset));
    std::memcpy(to, bytes_.data() + offset, count);
    return count;
}

void StoredFile::note_change(std::uint64_t offset, std::size_t size, std::size_t replaced_from,
                             std::size_t replaced_size) {
    changes_.push_back({offset, size, bytes_.size(), replaced_.size(), replaced_size, Fate::pending});
    const char* begin = bytes_.data() + replaced_from;
    replaced_.insert(replaced_.end(), begin, begin + replaced_size);
}

void StoredFile::write(std::uint64_t offset, const char* from, std::size_t size) {
    if (size == 0)
        return;
    const std::size_t begin = static_cast<std::size_t>(offset);
    const std::size_t covered = begin >= bytes_.size() ? 0 : std::min(size, bytes_.size() - begin);
    note_change(offset, size, covered == 0 ? 0 : begin, covered);
    if (begin > bytes_.size())
        bytes_.resize(begin);
    std::copy_n(from, covered, bytes_.begin() + static_cast<std::ptrdiff_t>(begin));
    bytes_.insert(bytes_.end(), from + covered, from + size);
}

void StoredFile::truncate(std::uint64_t size) {
    const std::size_t kept = static_cast<std::size_t>(size);
    if (kept == bytes_.size())
        return;
    const std::size_t cut = kept < bytes_.size() ? bytes_.size() - kept : 0;
    note_change(size, 0, cut == 0 ? 0 : kept, cut);
    bytes_.resize(kept);
}

void StoredFile::sync() {
    if (!given_up_) {
        all_is_durable();
        return;
    }
    for (Change& change : changes_) {
        if (change.fate == Fate::pending)
            change.fate = Fate::durable;
    }
}

void StoredFile::sync_failed() {
    for (Change& change : changes_) {
        if (change.fate == Fate::pending)
            change.fate = Fate::given_up;
    }
    given_up_ = !changes_.empty();
}

// Leaves what is durable in bytes_ and returns the changes since then.
std::vector<StoredFile::Redo> StoredFile::take_back() {
    std::vector<Redo> redos(changes_.size());
    for (std::size_t index = changes_.size(); index-- > 0;) {
        const Change& change = changes_[index];
        const bool is_truncation = change.size == 0;
        Redo& redo = redos[index];
        redo = {change.offset, is_truncation, change.fate, {}};
        const std::size_t begin = static_cast<std::size_t>(change.offset);
        if (!is_truncation)
            redo.brought.assign(bytes_.data() + begin, bytes_.data() + begin + change.size);
        bytes_.resize(change.size_before);
        if (change.replaced_size > 0)
            std::memcpy(bytes_.data() + begin, replaced_.data() + change.replaced_begin, change.replaced_size);
    }
    all_is_durable();
    return redos;
}

namespace {

void put(Bytes& bytes, std::size_t begin, const char* from, std::size_t size) {
    if (bytes.size() < begin + size)
        bytes.resize(begin + size);
    std::memcpy(bytes.data() + begin, from, size);
}

// Where the sector ends in which `offset` lies.
std::size_t end_of_sector(std::size_t offset) {
    return (offset / sector_bytes + 1) * sector_bytes;
}

void put_torn(Bytes& bytes, std::size_t begin, const Bytes& brought, Random& random) {
    if (bytes.size() < begin + brought.size())
        bytes.resize(begin + brought.size());
    for (std::size_t from = 0; from < brought.size();) {
        const std::size_t to = std::min(brought.size(), end_of_sector(begin + from) - begin);
        if (random.chance(500))
            std::memcpy(bytes.data() + begin + from, brought.data() + from, to - from);
        from = to;
    }
}

void put_first_part(Bytes& bytes, std::size_t begin, const Bytes& brought, Random& random) {
    const std::size_t sectors = (begin + brought.size() - 1) / sector_bytes - begin / sector_bytes + 1;
    const std::size_t kept = static_cast<std::size_t>(random.below(sectors));
    if (kept > 0)
        put(bytes, begin, brought.data(), (begin / sector_bytes + kept) * sector_bytes - begin);
}

void put_garbage(Bytes& bytes, std::size_t begin, Bytes brought, Random& random) {
    for (char& byte : brought)
        byte = static_cast<char>(random.next());
    put(bytes, begin, brought.data(), brought.size());
}

}  // namespace

StoredFile::Survival StoredFile::draw_survival(const Redo& change, const CutFaults& faults, Random& random) {
    if (change.fate == Fate::durable)
        return Survival::whole;
    const std::uint64_t draw = random.below(1000);
    if (draw < faults.lost)
        return Survival::nothing;
    if (change.is_truncation)  // the file's size is one number: there is no half of it
        return Survival::whole;
    if (draw < faults.lost + faults.partly)
        return Survival::first_part;
    if (draw < faults.lost + faults.partly + faults.torn)
        return Survival::torn;
    return draw < faults.lost + faults.partly + faults.torn + faults.garbage ? Survival::garbage : Survival::whole;
}

void StoredFile::redo(const Redo& change, Survival survival, Random& random) {
    const std::size_t begin = static_cast<std::size_t>(change.offset);
    switch (survival) {
        case Survival::whole:
            if (change.is_truncation)
                bytes_.resize(begin);
            else
                put(bytes_, begin, change.brought.data(), change.brought.size());
            return;
        case Survival::nothing:
            return;
        case Survival::first_part:
            return put_first_part(bytes_, begin, change.brought, random);
        case Survival::torn:
            return put_torn(bytes_, begin, change.brought, random);
        case Survival::garbage:
            return put_garbage(bytes_, begin, change.brought, random);
    }
}

void StoredFile::power_cut(const CutFaults& faults, Random& random) {
    bool order_broken = false;
    for (const Redo& change : take_back()) {
        const Survival survival = draw_survival(change, faults, random);
        if (!order_broken || change.fate == Fate::durable)
            redo(change, survival, random);
        order_broken = order_broken || (faults.in_order && survival != Survival::whole);
    }
}

void StoredFile::all_is_durable() {
    changes_.clear();
    replaced_.clear();
    given_up_ = false;
}

void StoredFile::assign(const Bytes& bytes) {
    bytes_.assign(bytes.begin(), bytes.end());
    all_is_durable();
}

void StoredFile::clear() {
    bytes_.clear();
    all_is_durable();
}

}  // namespace noodstop::sim
