#include "tests/sim/disk/disk.hpp"

#include "tests/sim/disk/file_seam.hpp"
#include "tests/sim/disk/vfs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace noodstop::sim {
namespace {

constexpr std::size_t trace_max = 2'000;

thread_local Disk* mounted_disk = nullptr;

// "/" holds what has no folder in its path.
std::string_view without_final_slash(std::string_view path) {
    return path.ends_with('/') ? path.substr(0, path.size() - 1) : path;
}

std::size_t index_of(Operation kind) {
    return static_cast<std::size_t>(kind);
}

}  // namespace

const char* to_text(Operation operation) {
    switch (operation) {
        case Operation::write:
            return "write";
        case Operation::truncate:
            return "truncate";
        case Operation::sync:
            return "sync";
        case Operation::create:
            return "create";
        case Operation::rename:
            return "rename";
        case Operation::remove:
            return "remove";
        case Operation::make_folder:
            return "make folder";
        case Operation::sync_folder:
            return "sync folder";
    }
    return "";
}

Disk::Disk(std::uint64_t seed) : random_(seed) {}

Disk::~Disk() {
    if (mounted_disk == this)
        mounted_disk = nullptr;
}

void Disk::mount(Disk* disk) {
    use_simulated_files();
    use_simulated_database_files();
    mounted_disk = disk;
    begin_random_numbers_of_sqlite();
}

void Disk::turn_to(Disk* disk) {
    mounted_disk = disk;
}

Disk* Disk::mounted() {
    return mounted_disk;
}

void Disk::format(std::uint64_t seed) {
    for (std::uint32_t file = 0; file < files_used_; ++file)
        files_[file].clear();
    files_used_ = 0;
    names_.clear();
    faults = {};
    random_ = Random(seed);
    failing_ = 0;
    bytes_max_ = cut_at_ = operations_ = reads_ = syncs_ = 0;
    plans_ = {};
    wall_seconds_ = 0;
    trace_.clear();
    process_death();
    power_on();
}

void Disk::fail_operation(Operation kind, std::uint64_t n, int error) {
    plans_.of_kind[index_of(kind)] = {plans_.kind_counts[index_of(kind)] + n, error};
}

std::uint64_t Disk::free_bytes() const {
    constexpr std::uint64_t plenty = std::uint64_t{1} << 40;
    if (failing_ == ENOSPC)
        return 0;
    const std::uint64_t used = bytes_used();
    return bytes_max_ == 0 ? plenty : bytes_max_ - std::min(bytes_max_, used);
}

void Disk::work_again() {
    failing_ = 0;
    plans_.any = {};
    plans_.read = {};
    for (Planned& planned : plans_.of_kind)
        planned = {};
}

// ---- ends ----

void Disk::process_death() {
    ++process_;
    cut_ = true;
    locked_.clear();
    numbered_.clear();
}

void Disk::power_cut(Random& random) {
    process_death();
    names_.power_cut(faults.cut, random);
    for (std::uint32_t file = 0; file < files_used_; ++file)
        files_[file].power_cut(faults.cut, random);
}

void Disk::power_on() {
    if (cut_at_ != 0 && operations_ >= cut_at_)
        cut_at_ = 0;
    ++process_;
    locked_.clear();
    numbered_.clear();
    cut_ = false;
    drop_unnamed_files();
    begin_random_numbers_of_sqlite();
}

void Disk::drop_unnamed_files() {
    std::vector<std::uint32_t> new_numbers(files_used_, no_file);
    std::uint32_t kept = 0;
    for (std::uint32_t file = 0; file < files_used_; ++file) {
        if (!names_.refers_to(file))
            continue;
        new_numbers[file] = kept;
        if (kept != file)
            std::swap(files_[kept], files_[file]);
        ++kept;
    }
    if (kept == files_used_)
        return;
    for (std::uint32_t file = kept; file < files_used_; ++file)
        files_[file].clear();
    files_used_ = kept;
    names_.renumber(new_numbers);
}

// ---- images and damage ----

Image Disk::image() const {
    Image image;
    for (const NameTable::Name& name : names_.all()) {
        const bool is_folder = name.file == folder_file;
        image.entries.push_back({name.path, is_folder, is_folder ? Bytes() : files_[name.file].bytes()});
    }
    return image;
}

void Disk::restore(const Image& image) {
    names_.clear();
    files_used_ = 0;
    for (const Image::Entry& entry : image.entries) {
        const std::uint32_t file = entry.is_folder ? folder_file : new_file();
        if (!entry.is_folder)
            files_[file].assign(entry.bytes);
        names_.link(entry.path, file);
    }
    names_.all_is_durable();
    ++process_;
    locked_.clear();
    numbered_.clear();
}

bool Disk::has(std::string_view path) const {
    return names_.find(path) != no_file;
}

Bytes* Disk::bytes_at(std::string_view path) {
    const std::uint32_t file = names_.find(path);
    if (file == no_file || file == folder_file)
        return nullptr;
    files_[file].all_is_durable();
    return &files_[file].bytes_in_place();
}

void Disk::put(std::string_view path, std::string_view bytes) {
    for (std::size_t slash = path.find('/', 1); slash != path.npos; slash = path.find('/', slash + 1)) {
        if (!has(path.substr(0, slash)))
            names_.link(path.substr(0, slash), folder_file);
    }
    if (!has(path))
        names_.link(path, new_file());
    names_.all_is_durable();
    files_[names_.find(path)].assign(Bytes(bytes.begin(), bytes.end()));
}

void Disk::lose(std::string_view path) {
    if (has(path))
        names_.unlink(path);
    names_.all_is_durable();
}

std::vector<std::string> Disk::files_in(std::string_view folder) const {
    std::vector<std::string> paths;
    for (const std::string& name : names_.names_in(without_final_slash(folder))) {
        std::string path = fmt::format("{}/{}", without_final_slash(folder), name);
        if (names_.find(path) != folder_file)
            paths.push_back(std::move(path));
    }
    return paths;
}

std::string_view Disk::name_of(std::uint32_t file) const {
    for (const NameTable::Name& name : names_.all()) {
        if (name.file == file)
            return name.path;
    }
    return "(no name)";
}

std::vector<std::string> Disk::take_trace() {
    std::vector<std::string> lines(trace_.begin(), trace_.end());
    trace_.clear();
    return lines;
}

void Disk::note(Operation operation, std::string_view path, std::string_view what, int error) {
    if (!tracing_)
        return;
    if (trace_.size() == trace_max)
        trace_.pop_front();
    trace_.push_back(fmt::format("{} {} {}{}{}{}", operations_, to_text(operation), path, what.empty() ? "" : " ", what,
                                 error == 0 ? "" : fmt::format(": error {}", error)));
}

}  // namespace noodstop::sim
