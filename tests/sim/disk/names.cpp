#include "tests/sim/disk/names.hpp"

#include <algorithm>

namespace noodstop::sim {
namespace {

std::uint64_t hash_of(std::string_view path) {
    std::uint64_t hash = 0xCBF29CE484222325;  // FNV-1a
    for (const char byte : path)
        hash = (hash ^ static_cast<unsigned char>(byte)) * 0x100000001B3;
    return hash;
}

template <class Names>
auto position_of(Names& names, std::string_view path) {
    const std::uint64_t hash = hash_of(path);
    return std::find_if(names.begin(), names.end(),
                        [&](const NameTable::Name& name) { return name.hash == hash && name.path == path; });
}

// A name below a folder that is not there leads nowhere.
void drop_orphans(std::vector<NameTable::Name>& names) {
    for (bool dropped = true; dropped;) {
        const auto is_orphan = [&](const NameTable::Name& name) {
            const std::string_view folder = folder_of(name.path);
            return !folder.empty() && position_of(names, folder) == names.end();
        };
        const auto first = std::find_if(names.begin(), names.end(), is_orphan);
        dropped = first != names.end();
        if (dropped)
            names.erase(first);
    }
}

}  // namespace

std::string_view folder_of(std::string_view path) {
    const std::size_t slash = path.rfind('/');
    return slash == path.npos ? std::string_view() : path.substr(0, slash);
}

std::uint32_t NameTable::find(std::string_view path) const {
    const auto name = position_of(seen_, path);
    return name == seen_.end() ? no_file : name->file;
}

std::vector<std::string> NameTable::names_in(std::string_view folder) const {
    std::vector<std::string> found;
    for (const Name& name : seen_) {
        if (folder_of(name.path) == folder)
            found.push_back(name.path.substr(folder.size() + 1));
    }
    std::sort(found.begin(), found.end());
    return found;
}

bool NameTable::refers_to(std::uint32_t file) const {
    const auto leads_there = [&](const auto& name) { return name.file == file; };
    return std::any_of(seen_.begin(), seen_.end(), leads_there) ||
           std::any_of(durable_.begin(), durable_.end(), leads_there) ||
           std::any_of(pending_.begin(), pending_.end(), leads_there);
}

void NameTable::apply(const Change& change, std::vector<Name>& names) {
    if (!change.removed.empty()) {
        if (const auto name = position_of(names, change.removed); name != names.end())
            names.erase(name);
    }
    if (change.linked.empty())
        return;
    if (const auto name = position_of(names, change.linked); name != names.end())
        name->file = change.file;
    else
        names.push_back({hash_of(change.linked), change.linked, change.file});
}

void NameTable::change(Change what) {
    apply(what, seen_);
    pending_.push_back(std::move(what));
}

void NameTable::link(std::string_view path, std::uint32_t file) {
    change({{}, std::string(path), file});
}

void NameTable::unlink(std::string_view path) {
    change({std::string(path), {}, no_file});
}

void NameTable::rename(std::string_view from, std::string_view to) {
    const std::uint32_t file = find(from);
    change({std::string(from), std::string(to), file});
}

// Nothing here renames from one folder to another, so that a change belongs to one folder.
void NameTable::sync_folder(std::string_view folder) {
    const auto is_there = [&](const Change& change) {
        return folder_of(change.linked.empty() ? change.removed : change.linked) == folder;
    };
    for (const Change& change : pending_) {
        if (is_there(change))
            apply(change, durable_);
    }
    std::erase_if(pending_, is_there);
}

void NameTable::power_cut(const CutFaults& faults, Random& random) {
    bool order_broken = false;
    for (const Change& change : pending_) {
        const bool lost = random.chance(faults.names_lost);
        order_broken = order_broken || (lost && !faults.names_in_any_order);
        if (!lost && !order_broken)
            apply(change, durable_);
    }
    drop_orphans(durable_);
    pending_.clear();
    seen_ = durable_;
}

void NameTable::all_is_durable() {
    durable_ = seen_;
    pending_.clear();
}

void NameTable::clear() {
    seen_.clear();
    durable_.clear();
    pending_.clear();
}

void NameTable::renumber(const std::vector<std::uint32_t>& new_numbers) {
    const auto renumber_all = [&](auto& all) {
        for (auto& one : all) {
            if (one.file < new_numbers.size())
                one.file = new_numbers[one.file];
        }
    };
    renumber_all(seen_);
    renumber_all(durable_);
    renumber_all(pending_);
}

}  // namespace noodstop::sim
