// What processes do to the disk: each operation passes begin(), where it is counted and may be made to fail.
#include "tests/sim/disk/disk.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>

namespace noodstop::sim {
namespace {

bool is_due(std::uint64_t at, std::uint64_t now) {
    return at != 0 && at == now;
}

}  // namespace

int Disk::planned_error(Operation kind) {
    const std::size_t index = static_cast<std::size_t>(kind);
    const std::uint64_t of_kind = ++plans_.kind_counts[index];
    if (is_due(plans_.any.at, operations_))
        return plans_.any.error;
    return is_due(plans_.of_kind[index].at, of_kind) ? plans_.of_kind[index].error : 0;
}

// What a disk that fails as a whole says to an operation that makes the files larger by `growth` bytes.
int Disk::standing_error(std::uint64_t growth) const {
    if (failing_ == ENOSPC)
        return growth > 0 ? ENOSPC : 0;
    if (failing_ != 0)
        return failing_;
    const bool is_full = bytes_max_ != 0 && growth > 0 && bytes_used() + growth > bytes_max_;
    return is_full ? ENOSPC : 0;
}

int Disk::begin(Operation kind, std::uint64_t growth) {
    if (cut_)
        return EIO;
    ++operations_;
    if (is_due(cut_at_, operations_)) {
        process_death();
        return EIO;
    }
    const int planned = planned_error(kind);
    return planned != 0 ? planned : standing_error(growth);
}

int Disk::begin_read() {
    if (cut_)
        return EIO;
    ++reads_;
    if (is_due(plans_.read.at, reads_))
        return plans_.read.error;
    return failing_ == EIO ? EIO : 0;
}

std::uint64_t Disk::bytes_used() const {
    std::uint64_t bytes = 0;
    for (const NameTable::Name& name : names_.all())
        bytes += name.file == folder_file ? 0 : files_[name.file].size();
    return bytes;
}

std::uint32_t Disk::new_file() {
    if (files_used_ == files_.size())
        files_.emplace_back();
    files_[files_used_].clear();
    return files_used_++;
}

int Disk::open(std::string_view path, Creation creation, Access access, FileHandle& handle) {
    if (const int error = begin_read(); error != 0)
        return error;
    const std::uint32_t file = names_.find(path);
    if (file == folder_file)
        return EISDIR;
    if (file != no_file && access == Access::change && failing_ == EROFS)
        return EROFS;
    if (file == no_file && creation == Creation::no)
        return ENOENT;
    handle = {file, process_};
    return file == no_file ? create(path, handle) : 0;
}

int Disk::create(std::string_view path, FileHandle& handle) {
    const std::string_view folder = folder_of(path);
    if (!folder.empty() && names_.find(folder) != folder_file)
        return ENOENT;
    const int error = begin(Operation::create, 0);
    note(Operation::create, path, {}, error);
    if (error != 0)
        return error;
    handle.file = new_file();
    names_.link(path, handle.file);
    return 0;
}

int Disk::open_unnamed(FileHandle& handle) {
    if (const int error = begin(Operation::create, 0); error != 0)
        return error;
    handle = {new_file(), process_};
    return 0;
}

int Disk::read(FileHandle handle, std::uint64_t offset, char* to, std::size_t size, std::size_t& count) {
    if (const int error = is_stale(handle) ? EIO : begin_read(); error != 0)
        return error;
    count = files_[handle.file].read(offset, to, size);
    return 0;
}

int Disk::write(FileHandle handle, std::uint64_t offset, const char* from, std::size_t size) {
    if (is_stale(handle))
        return EIO;
    StoredFile& file = files_[handle.file];
    const std::uint64_t end = offset + size;
    const int error = begin(Operation::write, end > file.size() ? end - file.size() : 0);
    if (tracing_)
        note(Operation::write, name_of(handle.file), fmt::format("{}+{}", offset, size), error);
    if (error == 0)
        file.write(offset, from, size);
    else if (!cut_ && faults.failed_write_leaves_part)
        file.write(offset, from, random_.below(size / sector_bytes + 1) * sector_bytes);
    return error;
}

int Disk::truncate(FileHandle handle, std::uint64_t size) {
    if (is_stale(handle))
        return EIO;
    StoredFile& file = files_[handle.file];
    const int error = begin(Operation::truncate, size > file.size() ? size - file.size() : 0);
    if (tracing_)
        note(Operation::truncate, name_of(handle.file), fmt::format("to {}", size), error);
    if (error == 0)
        file.truncate(size);
    return error;
}

int Disk::sync(FileHandle handle) {
    if (is_stale(handle))
        return EIO;
    const int error = begin(Operation::sync, 0);
    if (tracing_)
        note(Operation::sync, name_of(handle.file), {}, error);
    syncs_ += cut_ ? 0 : 1;
    if (error == 0 && !faults.lies_about_sync)
        files_[handle.file].sync();
    else if (error != 0 && !cut_)
        files_[handle.file].sync_failed();
    return error;
}

int Disk::size(FileHandle handle, std::uint64_t& bytes) {
    if (is_stale(handle) || cut_)
        return EIO;
    bytes = files_[handle.file].size();
    return 0;
}

int Disk::rename(std::string_view from, std::string_view to) {
    const int error = begin(Operation::rename, 0);
    note(Operation::rename, from, to, error);
    if (error != 0)
        return error;
    const std::uint32_t file = names_.find(from);
    if (file == no_file)
        return ENOENT;
    if (file == folder_file || folder_of(from) != folder_of(to))
        return ENOTSUP;
    if (names_.find(to) == folder_file)
        return EISDIR;
    names_.rename(from, to);
    return 0;
}

int Disk::remove(std::string_view path) {
    if (cut_)
        return EIO;
    const std::uint32_t file = names_.find(path);
    if (failing_ != EIO && file == no_file)
        return ENOENT;
    const int error = begin(Operation::remove, 0);
    note(Operation::remove, path, {}, error);
    if (error != 0)
        return error;
    if (file == folder_file)
        return EISDIR;
    names_.unlink(path);
    return 0;
}

int Disk::make_folder(std::string_view path) {
    if (cut_ || failing_ == EIO)
        return EIO;
    if (has(path))
        return EEXIST;
    const int error = begin(Operation::make_folder, 0);
    note(Operation::make_folder, path, {}, error);
    if (error != 0)
        return error;
    if (const std::string_view folder = folder_of(path); !folder.empty() && names_.find(folder) != folder_file)
        return ENOENT;
    names_.link(path, folder_file);
    return 0;
}

int Disk::remove_folder(std::string_view path) {
    if (cut_)
        return EIO;
    const int error = begin(Operation::remove, 0);
    note(Operation::remove, path, {}, error);
    if (error != 0)
        return error;
    if (names_.find(path) != folder_file)
        return has(path) ? ENOTDIR : ENOENT;
    if (!names_.names_in(path).empty())
        return ENOTEMPTY;
    names_.unlink(path);
    return 0;
}

int Disk::sync_folder(std::string_view path) {
    if (cut_)
        return EIO;
    const std::string_view folder = path == "/" ? std::string_view() : path;
    if (!folder.empty() && names_.find(folder) != folder_file)
        return ENOENT;
    const int error = begin(Operation::sync_folder, 0);
    note(Operation::sync_folder, path, {}, error);
    syncs_ += cut_ ? 0 : 1;
    if (error == 0 && !faults.lies_about_sync)
        names_.sync_folder(folder);
    return error;
}

int Disk::list(std::string_view path, std::vector<std::string>& names) {
    if (const int error = begin_read(); error != 0)
        return error;
    const std::uint32_t file = names_.find(path);
    if (file != folder_file)
        return file == no_file ? ENOENT : ENOTDIR;
    names = names_.names_in(path);
    return 0;
}

int Disk::status(std::string_view path, bool& is_folder, std::uint64_t& bytes) {
    if (cut_ || failing_ == EIO)
        return EIO;
    const std::uint32_t file = names_.find(path);
    if (file == no_file)
        return ENOENT;
    is_folder = file == folder_file;
    bytes = is_folder ? 0 : files_[file].size();
    return 0;
}

// ---- locks ----

int Disk::lock(FileHandle handle) {
    if (is_stale(handle) || cut_)
        return EIO;
    if (std::find(locked_.begin(), locked_.end(), handle.file) != locked_.end())
        return EWOULDBLOCK;
    locked_.push_back(handle.file);
    return 0;
}

void Disk::unlock(FileHandle handle) {
    if (!is_stale(handle))
        std::erase(locked_, handle.file);
}

int Disk::number_for(FileHandle handle) {
    numbered_.push_back(handle);
    return first_number + static_cast<int>(handle.process % 1'000) * 1'000 + static_cast<int>(numbered_.size()) - 1;
}

void Disk::close_number(int number) {
    const std::size_t index = static_cast<std::size_t>(number - first_number) % 1'000;
    const std::uint64_t process = static_cast<std::uint64_t>(number - first_number) / 1'000;
    if (process == process_ % 1'000 && index < numbered_.size())
        unlock(numbered_[index]);
}

}  // namespace noodstop::sim
