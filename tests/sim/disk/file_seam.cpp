#include "tests/sim/disk/file_seam.hpp"

#include "platform/file/file.hpp"
#include "tests/sim/disk/disk.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <unistd.h>

namespace noodstop::sim {

void use_simulated_files() {}

}  // namespace noodstop::sim

// All of file.hpp must be here: a single function that is missing would make the linker take the real ones too, and
// then complain of each that is there twice.
namespace noodstop::platform {
namespace {

using sim::Disk;
using sim::FileHandle;

// The number of what `call` returns on the mounted disk.
template <class Call>
int on_disk(Call&& call) {
    Disk* disk = Disk::mounted();
    return disk == nullptr ? ENODEV : call(*disk);
}

Status status_of(int error, const char* action, const std::string& path) {
    return error == 0 ? Status(Done{}) : Status(system_error(error, fmt::format("{} {}", action, path)));
}

int read_whole(Disk& disk, const std::string& path, std::size_t size_max, std::string& content) {
    FileHandle handle;
    if (const int error = disk.open(path, Disk::Creation::no, Disk::Access::read, handle); error != 0)
        return error;
    std::uint64_t size = 0;
    if (const int error = disk.size(handle, size); error != 0)
        return error;
    if (size > size_max)
        return EFBIG;
    content.resize(static_cast<std::size_t>(size));
    std::size_t count = 0;
    const int error = disk.read(handle, 0, content.data(), content.size(), count);
    content.resize(error == 0 ? count : 0);
    return error;
}

int write_new(Disk& disk, const std::string& path, const std::string& content) {
    FileHandle handle;
    if (const int error = disk.open(path, Disk::Creation::if_missing, Disk::Access::change, handle); error != 0)
        return error;
    std::uint64_t size = 0;
    if (const int error = disk.size(handle, size); error != 0)
        return error;
    if (size > 0) {
        if (const int error = disk.truncate(handle, 0); error != 0)
            return error;
    }
    if (const int error = disk.write(handle, 0, content.data(), content.size()); error != 0)
        return error;
    return disk.sync(handle);
}

int make_each_folder(Disk& disk, std::string_view path) {
    for (std::size_t slash = path.find('/', 1);; slash = path.find('/', slash + 1)) {
        const int error = disk.make_folder(path.substr(0, slash));
        if (error != 0 && error != EEXIST)
            return error;
        if (slash == path.npos)
            return 0;
    }
}

int sync_path(Disk& disk, const std::string& path) {
    bool is_folder = false;
    std::uint64_t size = 0;
    if (const int error = disk.status(path, is_folder, size); error != 0)
        return error;
    if (is_folder)
        return disk.sync_folder(path);
    FileHandle handle;
    if (const int error = disk.open(path, Disk::Creation::no, Disk::Access::read, handle); error != 0)
        return error;
    return disk.sync(handle);
}

Result<FileDescriptor> lock_with(const std::string& path, Disk::Creation creation, Disk::Access access) {
    Disk* disk = Disk::mounted();
    FileHandle handle;
    const int opened = disk == nullptr ? ENODEV : disk->open(path, creation, access, handle);
    if (opened != 0)
        return system_error(opened, "open lock " + path);
    const int locked = disk->lock(handle);
    if (locked == EWOULDBLOCK)
        return Error{locked, fmt::format("{} is locked: another noodstopd uses this state folder", path)};
    if (locked != 0)
        return system_error(locked, "lock " + path);
    return FileDescriptor(disk->number_for(handle));
}

}  // namespace

Error system_error(int number, const std::string& action) {
    return {number, fmt::format("cannot {}: {}", action, std::strerror(number))};
}

FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept {
    if (this != &other) {
        close();
        number_ = std::exchange(other.number_, -1);
    }
    return *this;
}

// Descriptors of the real system are closed there.
void FileDescriptor::close() {
    const int number = std::exchange(number_, -1);
    if (number < 0)
        return;
    if (number < Disk::first_number)
        ::close(number);
    else if (Disk* disk = Disk::mounted(); disk != nullptr)
        disk->close_number(number);
}

Result<std::string> read_file(const std::string& path, std::size_t size_max) {
    std::string content;
    const int error = on_disk([&](Disk& disk) { return read_whole(disk, path, size_max, content); });
    if (error == 0)
        return content;
    return system_error(error, "read " + path);
}

Result<std::string> read_file_at(int, const char* name, std::size_t) {
    return system_error(ENOTSUP, fmt::format("read {} below a folder's descriptor on a simulated disk", name));
}

Status write_kernel_file_at(int, const char* name, const std::string&) {
    return system_error(ENOTSUP, fmt::format("write {} below a folder's descriptor on a simulated disk", name));
}

Status replace_file_durably(const std::string& path, const std::string& content, unsigned) {
    const std::string temporary = path + ".new";
    const int error = on_disk([&](Disk& disk) { return write_new(disk, temporary, content); });
    if (error != 0)
        return system_error(error, "write " + temporary);
    return rename_durably(temporary, path);
}

Status make_folders(const std::string& path, unsigned) {
    return status_of(on_disk([&](Disk& disk) { return make_each_folder(disk, path); }), "create folder", path);
}

Status rename_file(const std::string& from, const std::string& to) {
    return status_of(on_disk([&](Disk& disk) { return disk.rename(from, to); }), "rename", from);
}

Status rename_durably(const std::string& from, const std::string& to) {
    if (Status renamed = rename_file(from, to); !renamed)
        return renamed;
    return sync_folder_of(to);
}

Status sync_file(const std::string& path) {
    return status_of(on_disk([&](Disk& disk) { return sync_path(disk, path); }), "sync", path);
}

Status sync_folder_of(const std::string& path) {
    const std::string_view folder = sim::folder_of(path);
    return status_of(on_disk([&](Disk& disk) { return disk.sync_folder(folder); }), "sync the folder of", path);
}

Status remove_file(const std::string& path) {
    const int error = on_disk([&](Disk& disk) { return disk.remove(path); });
    return status_of(error == ENOENT ? 0 : error, "remove", path);
}

Status remove_folder(const std::string& path) {
    return status_of(on_disk([&](Disk& disk) { return disk.remove_folder(path); }), "remove folder", path);
}

// Modes are not simulated.
Status set_mode(const std::string&, unsigned) {
    return Done{};
}

bool exists(const std::string& path) {
    bool is_folder = false;
    std::uint64_t size = 0;
    return on_disk([&](Disk& disk) { return disk.status(path, is_folder, size); }) == 0;
}

Result<std::uint64_t> free_bytes(const std::string& path) {
    const Disk* disk = Disk::mounted();
    return disk == nullptr ? Result<std::uint64_t>(system_error(ENODEV, "get the free space at " + path))
                           : disk->free_bytes();
}

Result<std::uint64_t> file_size(const std::string& path) {
    bool is_folder = false;
    std::uint64_t size = 0;
    const int error = on_disk([&](Disk& disk) { return disk.status(path, is_folder, size); });
    if (error != 0)
        return system_error(error, "get the size of " + path);
    return size;
}

Result<std::vector<std::string>> list_folder(const std::string& path) {
    std::vector<std::string> names;
    const int error = on_disk([&](Disk& disk) { return disk.list(path, names); });
    if (error != 0)
        return system_error(error, "list " + path);
    return names;
}

Result<FileDescriptor> lock_file(const std::string& path) {
    return lock_with(path, Disk::Creation::if_missing, Disk::Access::change);
}

Result<FileDescriptor> lock_existing_file(const std::string& path) {
    return lock_with(path, Disk::Creation::no, Disk::Access::read);
}

std::int64_t wall_seconds() {
    const Disk* disk = Disk::mounted();
    return disk == nullptr ? 0 : disk->wall_seconds();
}

}  // namespace noodstop::platform
